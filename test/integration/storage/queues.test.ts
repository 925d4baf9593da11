import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, inject, test } from 'vitest'
import { AzureQueues, createStorage } from '../../../shared/storage/azure.js'
import { QUEUES } from '../../../shared/storage/queues.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { MemoryQueues } from '../../support/memoryQueues.js'
import { takeAccount } from '../../support/ownService.js'

// Each test has its own account: the shared service would receive the messages before the test can read them.
async function openQueues() {
  const storage = takeAccount()
  await createStorage(storage)
  return {
    queues: new AzureQueues(storage),
    clientOf: (queue: string) => QueueServiceClient.fromConnectionString(storage).getQueueClient(queue),
  }
}

test('send puts base64 JSON into the named queue, hidden for the delay in whole seconds, rounded down', async () => {
  const { queues, clientOf } = await openQueues()
  const message = { callId: randomUUID(), epoch: 3 }
  await queues.send('notifications', message, 999)
  await queues.send('call-timers', { callId: 'ü', timer: '👍' }, 2_999)

  const [visible] = (await clientOf('notifications').receiveMessages()).receivedMessageItems
  expect(JSON.parse(Buffer.from(visible?.messageText ?? '', 'base64').toString())).toEqual(message)

  expect((await clientOf('call-timers').peekMessages()).peekedMessageItems).toEqual([])
  expect((await clientOf('call-timers').getProperties()).approximateMessagesCount).toBe(1)
  await expect.poll(async () => (await clientOf('call-timers').peekMessages()).peekedMessageItems.length).toBe(1)
  const [hidden] = (await clientOf('call-timers').receiveMessages()).receivedMessageItems
  const text = Buffer.from(hidden?.messageText ?? '', 'base64').toString()
  expect(JSON.parse(text)).toEqual({ callId: 'ü', timer: '👍' })
})

test('a delay of 1 s or more hides a message; a shorter or negative one does not', async () => {
  const { queues, clientOf } = await openQueues()
  const isHidden = async (delayMs: number) => {
    await queues.send('call-timers', { callId: 'a', timer: String(delayMs) }, delayMs)
    return (await clientOf('call-timers').peekMessages()).peekedMessageItems.length === 0
  }
  expect([await isHidden(60_000), await isHidden(1_000), await isHidden(0)]).toEqual([true, true, false])
  await clientOf('call-timers').clearMessages()
  expect([await isHidden(-5), await isHidden(0.5)]).toEqual([false, false])
})

test('MemoryQueues rounds delays as Azure does and keeps the order of the messages', async () => {
  const queues = new MemoryQueues()
  for (const delayMs of [2_999, 999, -5]) await queues.send('notifications', { callId: String(delayMs) }, delayMs)
  expect(queues.take()).toEqual([
    { queue: 'notifications', message: { callId: '2999' }, delayMs: 2_000 },
    { queue: 'notifications', message: { callId: '999' }, delayMs: 0 },
    { queue: 'notifications', message: { callId: '-5' }, delayMs: 0 },
  ])
  expect(queues.take()).toEqual([])
})

test('send throws StorageUnavailable at once when the queue service does not answer', async () => {
  const storage = inject('storage').replace(/QueueEndpoint=[^;]+/, 'QueueEndpoint=http://127.0.0.1:9/a')
  const startedAt = Date.now()
  for (const queue of QUEUES) {
    const sending = new AzureQueues(storage).send(queue as 'notifications', { callId: 'a' }, 0)
    await expect(sending).rejects.toThrow(StorageUnavailable)
  }
  // The library would wait four seconds before its first retry.
  expect(Date.now() - startedAt).toBeLessThan(3_000)
})

import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, inject, test } from 'vitest'
import { startAzurite } from '../../../local-host/azurite.js'
import { AzureQueues, createTablesAndQueues } from '../../../shared/storage/azure.js'
import { MemoryQueues } from '../../../shared/storage/memory.js'
import { QUEUES } from '../../../shared/storage/queues.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'

// On an emulator of its own: the shared service would receive the messages before the test could look at them.
async function openQueues() {
  const azurite = await startAzurite()
  const storage = azurite.connectionString()
  await createTablesAndQueues(storage)
  return {
    queues: new AzureQueues(storage),
    look: (queue: string) => QueueServiceClient.fromConnectionString(storage).getQueueClient(queue),
    [Symbol.asyncDispose]: () => azurite.stop(),
  }
}

test('a message is JSON as base64, in the queue that was named, and hidden for whole seconds, rounded down', async () => {
  await using opened = await openQueues()
  const { queues, look } = opened
  const message = { callId: randomUUID(), epoch: 3 }
  await queues.send('notifications', message, 999)
  await queues.send('call-timers', { callId: 'ü', timer: '👍' }, 2_999)

  const [visible] = (await look('notifications').receiveMessages()).receivedMessageItems
  expect(JSON.parse(Buffer.from(visible?.messageText ?? '', 'base64').toString())).toEqual(message)

  expect((await look('call-timers').peekMessages()).peekedMessageItems).toEqual([])
  expect((await look('call-timers').getProperties()).approximateMessagesCount).toBe(1)
  await expect
    .poll(async () => (await look('call-timers').peekMessages()).peekedMessageItems.length, { timeout: 5_000 })
    .toBe(1)
  const [hidden] = (await look('call-timers').receiveMessages()).receivedMessageItems
  const text = Buffer.from(hidden?.messageText ?? '', 'base64').toString()
  expect(JSON.parse(text)).toEqual({ callId: 'ü', timer: '👍' })
})

test('how long a message is hidden is whole seconds, and never less than none', async () => {
  await using opened = await openQueues()
  const { queues, look } = opened
  const hiddenFor = async (delayMs: number) => {
    await queues.send('call-timers', { callId: 'a', timer: String(delayMs) }, delayMs)
    return (await look('call-timers').peekMessages()).peekedMessageItems.length === 0
  }
  expect([await hiddenFor(60_000), await hiddenFor(1_000), await hiddenFor(0)]).toEqual([true, true, false])
  await look('call-timers').clearMessages()
  expect([await hiddenFor(-5), await hiddenFor(0.5)]).toEqual([false, false])
})

test('the twin counts delays as Azure does, and keeps the order', async () => {
  const queues = new MemoryQueues()
  for (const delayMs of [2_999, 999, -5]) await queues.send('notifications', { callId: String(delayMs) }, delayMs)
  expect(queues.take()).toEqual([
    { queue: 'notifications', message: { callId: '2999' }, delayMs: 2_000 },
    { queue: 'notifications', message: { callId: '999' }, delayMs: 0 },
    { queue: 'notifications', message: { callId: '-5' }, delayMs: 0 },
  ])
  expect(queues.take()).toEqual([])
})

test('a queue that is not there to answer is StorageUnavailable, at once', async () => {
  const storage = inject('storage').replace(/QueueEndpoint=[^;]+/, 'QueueEndpoint=http://127.0.0.1:9/a')
  const begun = Date.now()
  for (const queue of QUEUES) {
    const sending = new AzureQueues(storage).send(queue as 'notifications', { callId: 'a' }, 0)
    await expect(sending).rejects.toThrow(StorageUnavailable)
  }
  // The library itself would wait four seconds before its second try.
  expect(Date.now() - begun).toBeLessThan(3_000)
})

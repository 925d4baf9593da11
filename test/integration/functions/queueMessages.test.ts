import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, onTestFinished, test } from 'vitest'
import { NEW_DELIVERY } from '../../../shared/storage/records.js'
import { COMMUNICATIONS, establishMeeting, lastId, newBot } from '../../support/bots.js'
import { incomingCall } from '../../support/calls.js'
import { startService } from '../../support/service.js'
import { CALL, newWorld, present } from '../../support/world.js'

// What stands in the queues is not to be relied on: others may write there, and another version may have.

const someCall = randomUUID()
const NONSENSE = [
  ['nothing', ''],
  ['no JSON', '{"callId":'],
  ['a text', '"hello"'],
  ['a number', '42'],
  ['null', 'null'],
  ['a list', `["${someCall}"]`],
  ['no call', '{"timer":"keepAlive"}'],
  ['an id that is none', '{"callId":"../../bots","timer":"x"}'],
  ['an epoch that is none', `{"callId":"${someCall}","epoch":"first","timer":7}`],
  ['much', JSON.stringify({ callId: 'x'.repeat(40_000) })],
] as const

test('messages that make no sense, or name nothing that is there, are done with at once and change nothing', async () => {
  const service = await startService()
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  const address = await establishMeeting(bot, COMMUNICATIONS)
  const callId = lastId(address)
  const queues = QueueServiceClient.fromConnectionString(service.storage)
  const gone = JSON.stringify({ callId: someCall, timer: 'ringTimedOut', epoch: 3 })
  const goneTimer = JSON.stringify({ callId, timer: 'never heard of', epoch: 99 })
  for (const name of ['notifications', 'call-timers']) {
    const queue = queues.getQueueClient(name)
    const texts = [...NONSENSE.map(([, text]) => text), gone, goneTimer]
    for (const text of texts) await queue.sendMessage(Buffer.from(text).toString('base64'))
    await expect.poll(async () => (await queue.getProperties()).approximateMessagesCount, { timeout: 10_000 }).toBe(0)
    const poison = queues.getQueueClient(`${name}-poison`)
    expect((await poison.getProperties()).approximateMessagesCount).toBe(0)
    const dropped = service.log().split(`wakeUp.dropped queue=${name} `).length - 1
    expect(dropped).toBe(NONSENSE.length)
  }
  expect(bot.received).toHaveLength(3)
  expect((await bot.request('DELETE', address)).status).toBe(204)
})

test('a message of another version does what it says, as far as that is understood', async () => {
  const { messageSchemas } = await import('../../../shared/http/registerQueueFunction.js')
  expect(messageSchemas.notifications.parse({ callId: someCall, traceParent: '00-...', version: 9 })).toEqual({
    callId: someCall,
  })
  expect(messageSchemas['call-timers'].parse({ callId: someCall, timer: 'x', at: 1 })).toEqual({
    callId: someCall,
    timer: 'x',
  })
})

test('a call that an older version has left goes on where it stood', async () => {
  const world = newWorld()
  await world.create(incomingCall, 'app')
  await world.tables.write('calls', CALL, [{ type: 'put', rowKey: 'delivery', value: NEW_DELIVERY }])
  // What has been added to the row since the first version is left out.
  const { requests, endedAt, ...record } = await world.record()
  await world.tables.write('calls', CALL, [{ type: 'put', rowKey: 'call', value: record }])
  await world.drain()
  expect(world.sent.map(({ sequence }) => sequence)).toEqual([1])
  await world.change({ type: 'hangUp' })
  await world.run(60_000)
  expect((await world.record()).call.state).toBe('terminated')
  expect(present(await world.service.calls.readDelivery(CALL)).value.cursor).toBe((await world.record()).sequence)
})

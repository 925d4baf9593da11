import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, onTestFinished, test } from 'vitest'
import { NEW_DELIVERY } from '../../../shared/storage/records.js'
import { incomingCall } from '../../support/callFixtures.js'
import { startOwnService } from '../../support/ownService.js'
import { COMMUNICATIONS, establishMeeting, lastId, newBot } from '../../support/scenarios.js'
import { assertDefined, CALL, createServiceFixture } from '../../support/serviceFixture.js'

// The service must not trust the messages in its queues: other programs and other versions may write there.

const unknownCall = randomUUID()
const INVALID_MESSAGES = [
  ['an empty message', ''],
  ['invalid JSON', '{"callId":'],
  ['a string', '"hello"'],
  ['a number', '42'],
  ['null', 'null'],
  ['a list', `["${unknownCall}"]`],
  ['no call', '{"timer":"keepAlive"}'],
  ['an id that is not a GUID', '{"callId":"../../bots","timer":"x"}'],
  ['an epoch that is not a number', `{"callId":"${unknownCall}","epoch":"first","timer":7}`],
  ['a long message', JSON.stringify({ callId: 'x'.repeat(40_000) })],
] as const

test('invalid messages and messages that name nothing known are removed at once and change nothing', async () => {
  const service = await startOwnService()
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  const address = await establishMeeting(bot, COMMUNICATIONS)
  const callId = lastId(address)
  const queues = QueueServiceClient.fromConnectionString(service.storage)
  const unknownCallMessage = JSON.stringify({ callId: unknownCall, timer: 'ringTimedOut', epoch: 3 })
  const unknownTimerMessage = JSON.stringify({ callId, timer: 'unknown timer', epoch: 99 })
  const countDropped = (queue: string) => service.log().split(`wakeUp.dropped queue=${queue} `).length - 1
  for (const name of ['notifications', 'call-timers']) {
    const queue = queues.getQueueClient(name)
    const texts = [...INVALID_MESSAGES.map(([, text]) => text), unknownCallMessage, unknownTimerMessage]
    for (const text of texts) await queue.sendMessage(Buffer.from(text).toString('base64'))
    await expect.poll(async () => (await queue.getProperties()).approximateMessagesCount).toBe(0)
    const poison = queues.getQueueClient(`${name}-poison`)
    expect((await poison.getProperties()).approximateMessagesCount).toBe(0)
    // The output of the service can arrive later than its effects.
    await expect.poll(() => countDropped(name)).toBe(INVALID_MESSAGES.length)
  }
  expect(bot.received).toHaveLength(3)
  expect((await bot.request('DELETE', address)).status).toBe(204)
  expect(['notifications', 'call-timers'].map(countDropped)).toEqual(Array(2).fill(INVALID_MESSAGES.length))
})

test('a message of another version is read without the properties that are unknown', async () => {
  const { messageSchemas } = await import('../../../shared/http/registerQueueFunction.js')
  expect(messageSchemas.notifications.parse({ callId: unknownCall, traceParent: '00-...', version: 9 })).toEqual({
    callId: unknownCall,
  })
  expect(messageSchemas['call-timers'].parse({ callId: unknownCall, timer: 'x', at: 1 })).toEqual({
    callId: unknownCall,
    timer: 'x',
  })
})

test('a call that an older version stored continues from its state', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall, 'app')
  await fixture.tables.write('calls', CALL, [{ type: 'put', rowKey: 'delivery', value: NEW_DELIVERY }])
  // The first version did not store these properties.
  const { requests, endedAt, ...record } = await fixture.readRecord()
  await fixture.tables.write('calls', CALL, [{ type: 'put', rowKey: 'call', value: record }])
  await fixture.drain()
  expect(fixture.sent.map(({ sequence }) => sequence)).toEqual([1])
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  expect((await fixture.readRecord()).call.state).toBe('terminated')
  expect(assertDefined(await fixture.service.calls.readDelivery(CALL)).value.cursor).toBe(
    (await fixture.readRecord()).sequence,
  )
})

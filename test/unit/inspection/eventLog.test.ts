import { expect, test } from 'vitest'
import type { RequestEvent } from '../../../shared/inspection/entries.js'
import { EventLog } from '../../../shared/inspection/eventLog.js'

const commit = { type: 'commit', command: 'answer', from: 'incoming', to: 'established' } as const
const request = (text: string): RequestEvent => ({
  type: 'request',
  name: 'call-create',
  method: 'POST',
  path: '/v1.0/communications/calls',
  message: { headers: {}, body: { text, bytes: text.length } },
})

function createLog() {
  let now = 1_000
  return new EventLog(() => now++)
}

test('entries are numbered from 1, in the order in which they are added', () => {
  const log = createLog()
  expect(log.startedAt).toBe(1_000)
  expect([log.add(commit, { callId: 'a' }), log.add(commit, { callId: 'b' }), log.last]).toEqual([1, 2, 2])
  expect(log.listAfter(1)).toEqual([{ ...commit, number: 2, at: 1_002, callId: 'b' }])
  expect(log.listOfCall('a')).toEqual([{ ...commit, number: 1, at: 1_001, callId: 'a' }])
  expect(log.listAfter(2)).toEqual([])
})

test('a list leaves out the messages, which are read one by one', () => {
  const log = createLog()
  log.add(request('body'), {})
  expect(log.listAfter(0)[0]).not.toHaveProperty('message')
  expect(log.get(1)).toHaveProperty('message.body.text', 'body')
  expect(log.get(2)).toBeUndefined()
})

test('the request that has created a call belongs to it once its reply is known', () => {
  const log = createLog()
  const number = log.add(request(''), {})
  log.assignCall(number, 'new call')
  log.assignCall(number, 'another call')
  expect(log.listOfCall('new call')).toHaveLength(1)
  expect(log.listOfCall('another call')).toEqual([])
})

test('only the last 20,000 entries are kept, and keep their numbers', () => {
  const log = createLog()
  for (let count = 0; count < 20_005; count += 1) log.add(commit, {})
  expect(log.get(5)).toBeUndefined()
  expect(log.get(6)).toMatchObject({ number: 6 })
  expect(log.listAfter(0)[0]).toMatchObject({ number: 6 })
  expect(log.listAfter(20_004)).toMatchObject([{ number: 20_005 }])
})

test('only the last 16 MiB of messages are kept', () => {
  const log = createLog()
  // The path counts too.
  const mebibyte = 'x'.repeat(1024 * 1024 - '/v1.0/communications/calls'.length)
  for (let count = 0; count < 20; count += 1) log.add(request(mebibyte), {})
  expect(log.listAfter(0).map(({ number }) => number)).toEqual([
    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
  ])
})

test('the log says whether it is complete since a time', () => {
  const log = createLog()
  expect([log.isCompleteSince(log.startedAt - 1), log.isCompleteSince(log.startedAt)]).toEqual([false, true])
  for (let count = 0; count < 20_001; count += 1) log.add(commit, {})
  const oldest = log.get(2)?.at ?? 0
  expect([log.isCompleteSince(oldest), log.isCompleteSince(oldest + 1)]).toEqual([false, true])
})

test('the last refused requests that belong to no call are listed, the newest first', () => {
  const log = createLog()
  const refuse = (status: number, callId?: string) => {
    const number = log.add(request(''), {})
    const message = { headers: {} }
    const fault = status === 503 ? ({ fault: 'status' } as const) : {}
    log.add(
      { type: 'reply', request: number, status, code: 'badRequest', ...fault, durationMs: 1, message },
      { callId },
    )
  }
  refuse(400)
  refuse(201)
  refuse(404, 'call')
  refuse(403)
  refuse(503)
  expect(log.listRefusals()).toMatchObject([
    { entries: [9, 10], status: 503, fault: 'status' },
    { entries: [7, 8], status: 403, code: 'badRequest', method: 'POST' },
    { entries: [1, 2], status: 400 },
  ])
})

test('the log is written as one line of JSON for each entry', () => {
  const log = createLog()
  log.add(commit, {})
  log.add(request('two\nlines'), {})
  const lines = log.toNdjson().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines.slice(0, 2).map((line) => JSON.parse(line).number)).toEqual([1, 2])
})

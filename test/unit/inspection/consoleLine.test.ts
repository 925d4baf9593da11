import { expect, test } from 'vitest'
import { renderConsoleLine } from '../../../shared/inspection/consoleLine.js'
import type { InspectedEvent } from '../../../shared/inspection/entries.js'
import { EventLog } from '../../../shared/inspection/eventLog.js'

const CALL_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'

/** The lines that a log with these events prints, without their times. */
function print(...events: readonly InspectedEvent[]): string[] {
  const log = new EventLog(() => 0)
  const lines: string[] = []
  log.listen((entry) => {
    const line = renderConsoleLine(entry, (number) => log.get(number))
    if (line !== undefined) lines.push(line)
  })
  for (const event of events) log.add(event, { callId: CALL_ID })
  expect(lines.every((line) => /^\d\d:\d\d:\d\d\.\d{3} /.test(line))).toBe(true)
  return lines.map((line) => line.slice('00:00:00.000 '.length))
}

const request = {
  type: 'request',
  name: 'call-answer',
  method: 'POST',
  path: '/v1.0/communications/calls/1/answer',
  message: { headers: {} },
} as const
const reply = { type: 'reply', request: 1, durationMs: 8, message: { headers: {} } } as const
const attempt = {
  type: 'attempt',
  sequence: 1,
  summary: 'created call incoming',
  url: 'http://localhost:3978/api/calls',
  durationMs: 20,
} as const

test('a request and its reply are one line', () => {
  expect(print(request, { ...reply, status: 202 })).toEqual([
    '-> POST /v1.0/communications/calls/1/answer 202, 8 ms  call 00a8b1e6...7c11',
  ])
})

test('a refused request says why, even if its message has line breaks', () => {
  const text = '{"error":{"code":"notAllowed","message":"first\\nsecond"}}'
  const message = { headers: {}, body: { text, bytes: text.length } }
  expect(print(request, { ...reply, status: 409, code: 'notAllowed', message })).toEqual([
    expect.stringMatching(/ 409 notAllowed: first second, 8 ms /),
  ])
})

test('a message that got a fault says so', () => {
  const message = { headers: {}, body: { text: '{"error":{"message":"lost"}}', bytes: 28 } }
  const lost = { ...reply, status: 504, code: 'serviceNotAvailable', fault: 'replyLost', message } as const
  expect(print(request, lost, { ...attempt, status: 202, fault: 'reorder' })).toEqual([
    expect.stringContaining(' 504 (fault: reply lost) serviceNotAvailable: lost, 8 ms '),
    expect.stringContaining('<- #1 created call incoming 202 (fault: out of order), 20 ms'),
  ])
})

test('an attempt says its result, and when the next one is due', () => {
  expect(
    print({ ...attempt, status: 202 }, { ...attempt, status: 503, fault: 'status', nextAttemptAt: 1_020 }),
  ).toEqual([
    '<- #1 created call incoming 202, 20 ms  call 00a8b1e6...7c11',
    '<- #1 created call incoming 503 (fault), retry in 1 s, 20 ms, http://localhost:3978/api/calls  call 00a8b1e6...7c11',
  ])
})

test('a change of state and a dead letter have a line, other commits have none', () => {
  const commit = { type: 'commit', command: 'ringTimedOut', from: 'establishing' } as const
  expect(
    print(
      { ...commit, to: 'terminated' },
      { ...commit, to: 'establishing' },
      { type: 'deadLetter', sequence: 2, reason: '3 attempts', isRest: true },
    ),
  ).toEqual([
    expect.stringMatching(/^-- .*: establishing -> terminated {2}call /),
    expect.stringMatching(/^!! #2 and all later ones dead-lettered: 3 attempts {2}call /),
  ])
})

import { expect, test } from 'vitest'
import { readDelivery } from '../../../examples/demo/messages.js'
import { describe, describeInFull, inOrder } from '../../../examples/demo/transcript.js'
import { exchange, NAMES, notification, pathOf, placedCall, request, TOKEN } from './exchange.js'

const established = notification(
  3,
  { changeType: 'updated', resource: pathOf('A'), resourceData: { state: 'established' } },
  2,
)

test('the short form of a notification has its sequence number, what has changed, and a repeated attempt', () => {
  expect(readDelivery(established)).toEqual({
    call: 'A'.repeat(32),
    sequence: 3,
    id: 'n-3',
    what: 'call updated: established',
  })
  expect(describe(established, 1_000, NAMES)).toBe(
    '  0.500  Ringback -> bot       202  #3 call updated: established (attempt 2)',
  )
})

test('the short form names the participants of a roster and the invited people of an operation', () => {
  const info = (identity: object) => ({ info: { identity } })
  const roster = [info({ user: { displayName: 'Megan Bowen' } }), info({ application: { displayName: 'Sample bot' } })]
  const rosterChanged = { changeType: 'updated', resource: `${pathOf('A')}/participants`, resourceData: roster }
  expect(describe(notification(4, rosterChanged), 0, NAMES)).toContain(
    '#4 participants updated: 2 (Megan Bowen, Sample bot)',
  )
  const participants = [{ identity: { user: { id: 'megan' } }, replacesCallId: 'A'.repeat(32) }]
  const invited = {
    changeType: 'deleted',
    resource: `${pathOf('B')}/operations/1`,
    resourceData: { status: 'completed', participants },
  }
  expect(describe(notification(5, invited), 0, NAMES)).toContain(
    '#5 operation deleted: completed (invite Megan Bowen, replacing call 1)',
  )
})

test('the short form of a request has its method, its path with short ids, and what it does', () => {
  const message = (...args: Parameters<typeof request>) => describe(request(...args), 0, NAMES).slice(36)
  expect(describe(placedCall('A'), 0, NAMES)).toContain('201  POST /simulator/calls (Megan Bowen calls the bot)')
  expect(message('POST', `${pathOf('A')}/answer`)).toBe('POST /beta/app/calls/AAAAAAAA.../answer')
  expect(message('POST', '/app/calls')).toBe('POST /beta/app/calls (join the meeting)')
  expect(message('DELETE', pathOf('A'))).toBe('DELETE /beta/app/calls/AAAAAAAA... (hang up)')
  const participants = [{ identity: { user: { id: 'megan' } }, replacesCallId: pathOf('A') }]
  expect(message('POST', `${pathOf('B')}/participants/invite`, { participants })).toBe(
    'POST /beta/app/calls/BBBBBBBB.../participants/invite (Megan Bowen, replacing call 1)',
  )
  expect(describe(exchange(), 0, NAMES)).toContain('GET /v1/keys (get the keys that sign notifications)')
})

test('the long form has the headers and bodies of both directions', () => {
  expect(describeInFull(established, 1_000)).toEqual([
    '  0.500  Ringback -> bot       #3 call updated: established (attempt 2)  /app/calls/AAAAAAAA...',
    '         Authorization: Bearer eyJhbG...dXJl  Ringback-Notification-Id: n-3',
    '         {"state": "established"}',
    '         <- 202 in 7 ms',
  ])
})

test('no form contains a whole token or a secret', () => {
  const requestBody = 'grant_type=client_credentials&client_secret=hush&scope=all'
  const tokenRequest = exchange({ requestBody, responseBody: JSON.stringify({ access_token: TOKEN }) })
  const printed = [describe(tokenRequest, 0, NAMES), ...describeInFull(tokenRequest, 0)].join('\n')
  expect(printed).toContain('client_secret=...&scope=all')
  expect(printed).toContain('{"access_token": "eyJhbG...dXJl"}')
  expect(printed).not.toContain('hush')
  expect(printed).not.toContain(TOKEN)
})

test('a missing reply is printed with its reason', () => {
  const unanswered = exchange({ status: 502, failure: 'ECONNREFUSED' })
  expect(describe(unanswered, 0, NAMES)).toContain('(no reply: ECONNREFUSED)')
  expect(describeInFull(unanswered, 0)).toContain('         <- no reply (ECONNREFUSED) in 7 ms')
})

test('exchanges are printed in the order in which they began, and a flush prints those that wait', () => {
  const printed: string[] = []
  const { observe, flush } = inOrder(({ path }) => void printed.push(path))
  const [first, second, third, fourth] = ['1', '2', '3', '4'].map((path) => {
    const recordReply = observe(exchange({ path }))
    return () => recordReply(exchange({ path }))
  })
  second?.()
  expect(printed).toEqual([])
  first?.()
  expect(printed).toEqual(['1', '2'])
  fourth?.()
  flush()
  expect(printed).toEqual(['1', '2', '4'])
  third?.()
  expect(printed).toEqual(['1', '2', '4'])
})

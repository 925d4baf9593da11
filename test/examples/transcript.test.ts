import { expect, test } from 'vitest'
import type { Exchange } from '../../examples/demo/recorder.js'
import { deliveredIn, describe, inOrder } from '../../examples/demo/transcript.js'

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtZSJ9.c2lnbmF0dXJl'

const exchange = (overrides: Partial<Exchange> = {}): Exchange => ({
  from: 'bot',
  to: 'service',
  method: 'GET',
  path: '/v1/keys',
  requestHeaders: {},
  requestBody: '',
  sentAt: 1_500,
  status: 200,
  responseHeaders: {},
  responseBody: '',
  failure: undefined,
  answeredAt: 1_507,
  ...overrides,
})
const notification = exchange({
  from: 'service',
  to: 'bot',
  requestHeaders: {
    authorization: `Bearer ${TOKEN}`,
    'ringback-sequence': '3',
    'ringback-attempt': '2',
    'ringback-notification-id': 'n-1',
  },
  requestBody: JSON.stringify({
    value: [
      { changeType: 'updated', resource: `/app/calls/${'A'.repeat(32)}`, resourceData: { state: 'established' } },
    ],
  }),
  status: 202,
})

test('a notification is told by its place, what it says, and its call', () => {
  expect(deliveredIn(notification)).toEqual({
    call: 'A'.repeat(32),
    sequence: 3,
    id: 'n-1',
    what: 'updated call established',
  })
  expect(describe(notification, 1_000)).toEqual([
    '  0.500 s  service -> bot      #3 updated call established     /app/calls/AAAAAAAA...  (attempt 2)',
    '           Authorization: Bearer eyJhbG...dXJl  Ringback-Notification-Id: n-1',
    '           {"state": "established"}',
    '           <- 202 in 7 ms',
  ])
})

test('tokens and secrets are never printed whole', () => {
  const requestBody = 'grant_type=client_credentials&client_secret=hush&scope=all'
  const printed = describe(exchange({ requestBody, responseBody: JSON.stringify({ access_token: TOKEN }) }), 0)
  expect(printed.join('\n')).toContain('client_secret=...&scope=all')
  expect(printed.join('\n')).toContain('{"access_token": "eyJhbG...dXJl"}')
})

test('an answer that did not come says why', () => {
  expect(describe(exchange({ status: 502, failure: 'ECONNREFUSED' }), 0)).toContain(
    '           <- no answer (ECONNREFUSED) in 7 ms',
  )
})

test('exchanges are printed in the order in which they began, and none is forgotten', () => {
  const printed: string[] = []
  const { observe, flush } = inOrder(({ path }) => void printed.push(path))
  const [first, second, third, fourth] = ['1', '2', '3', '4'].map((path) => {
    const tell = observe(exchange({ path }))
    return () => tell(exchange({ path }))
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

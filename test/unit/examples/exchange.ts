import type { Names } from '../../../examples/demo/messages.js'
import type { Exchange } from '../../../examples/demo/recorder.js'

export const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtZSJ9.c2lnbmF0dXJl'

export const NAMES: Names = {
  person: (userId) => (userId === 'megan' ? 'Megan Bowen' : userId),
  call: (callId) => (callId.startsWith('A') ? 'call 1' : callId),
}

export const exchange = (overrides: Partial<Exchange> = {}): Exchange => ({
  from: 'bot',
  to: 'Ringback',
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

/** A person calls the bot; the reply contains the id in the spelling of the current API. */
export const placedCall = (letter: string, person = 'megan'): Exchange =>
  exchange({
    from: 'demo',
    method: 'POST',
    path: '/simulator/calls',
    requestBody: JSON.stringify({ from: { user: { id: person } } }),
    status: 201,
    responseBody: JSON.stringify({ id: dashedId(letter) }),
  })

const dashedId = (letter: string): string =>
  [8, 4, 4, 4, 12].map((length) => letter.toLowerCase().repeat(length)).join('-')

export const pathOf = (letter: string): string => `/app/calls/${letter.repeat(32)}`

/** The bot sends a request about a call. */
export const request = (method: string, path: string, body?: object): Exchange =>
  exchange({ method, path: `/beta${path}`, requestBody: body ? JSON.stringify(body) : '', status: 202 })

interface Notified {
  readonly changeType: string
  readonly resource: string
  readonly resourceData: object
}

export const notification = (sequence: number, notified: Notified, attempt = 1): Exchange =>
  exchange({
    from: 'Ringback',
    to: 'bot',
    method: 'POST',
    path: '/api/calls',
    requestHeaders: {
      authorization: `Bearer ${TOKEN}`,
      'ringback-sequence': String(sequence),
      'ringback-attempt': String(attempt),
      'ringback-notification-id': `n-${sequence}`,
    },
    requestBody: JSON.stringify({ value: [notified] }),
    status: 202,
  })

export const callUpdated = (letter: string, sequence: number, state: string): Exchange =>
  notification(sequence, { changeType: 'updated', resource: pathOf(letter), resourceData: { state } })

export const callDeleted = (letter: string, sequence: number): Exchange =>
  notification(sequence, { changeType: 'deleted', resource: pathOf(letter), resourceData: {} })

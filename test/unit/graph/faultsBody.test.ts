import { expect, test } from 'vitest'
import { faultsBody } from '../../../shared/graph/requests/faultsBody.js'
import { parseBody } from '../../../shared/graph/requests/parse.js'
import { CALLBACK_EFFECTS } from '../../../shared/simulator/faults.js'

const parse = (body: unknown) => parseBody(faultsBody, JSON.stringify(body))
const DEFAULTS = { times: 1, skip: 0, probability: 1 }

test('a fault applies once, to the first message, unless it says otherwise', () => {
  const faults = [
    { on: 'callback', effect: 'status', status: 503 },
    { on: 'api', effect: 'status', status: 504, after: true, request: 'answer', times: 'always', skip: 3 },
    { on: 'api', effect: 'delay', delayMs: 30_000, probability: 0.25 },
  ]
  expect(parse({ faults })).toEqual({
    faults: [
      { ...DEFAULTS, ...faults[0] },
      { ...DEFAULTS, ...faults[1] },
      { ...DEFAULTS, ...faults[2] },
    ],
  })
  expect(parse({ seed: 4_294_967_295, faults: [] })).toEqual({ seed: 4_294_967_295, faults: [] })
})

test('a status of the API is before the act by default', () => {
  expect(parse({ faults: [{ on: 'api', effect: 'status', status: 503 }] }).faults[0]).toMatchObject({ after: false })
})

test.for(CALLBACK_EFFECTS)('a callback may get the effect %s', (effect) => {
  const details = { status: { status: 429, retryAfterSeconds: 2 }, delay: { delayMs: 1 } }
  const fault = { on: 'callback', effect, sequence: 2, ...details[effect as keyof typeof details] }
  expect(parse({ faults: [fault] })).toEqual({ faults: [{ ...DEFAULTS, ...fault }] })
})

const CALLBACK = { on: 'callback', effect: 'reset' }
const STATUS = 'faults[0].status: must be a whole number from 200 to 599.'
const TIMES = 'faults[0].times: must be a whole number from 1 to 1000, or "always".'
const API_STATUS = 'faults[0].status: must be one of 429, 500, 503, 504.'

test.for([
  [{}, 'faults: is required.'],
  [null, 'The request body: is required.'],
  [{ faults: {} }, 'faults: must be a JSON array.'],
  [{ faults: [3] }, 'faults[0]: must be a JSON object.'],
  [{ faults: [], sed: 1 }, 'The request body: Unrecognized key: "sed".'],
  [{ faults: [], seed: 0.5 }, 'seed: must be a whole number from 0 to 4294967295.'],
  [{ faults: Array(101).fill(CALLBACK) }, 'faults: must have at most 100 items.'],
] as const)('the body %j is refused', ([body, message]) => {
  expect(() => parse(body)).toThrow(expect.objectContaining({ status: 400, message }))
})

test.for([
  [{}, 'faults[0].on: is required.'],
  [{ on: 'host', effect: 'reset' }, 'faults[0].on: must be one of callback, api.'],
  [{ on: 'api' }, 'faults[0].effect: is required.'],
  [{ on: 'api', effect: 'reset' }, 'faults[0].effect: must be one of status, delay.'],
  [
    { on: 'callback', effect: 'crash' },
    expect.stringMatching(/^faults\[0\]\.effect: must be one of status, timeout, /),
  ],
  [{ ...CALLBACK, tims: 2 }, 'faults[0]: Unrecognized key: "tims".'],
  [{ ...CALLBACK, request: 'answer' }, 'faults[0]: Unrecognized key: "request".'],
  [{ ...CALLBACK, status: 503 }, 'faults[0]: Unrecognized key: "status".'],
  [{ on: 'callback', effect: 'status' }, 'faults[0].status: is required.'],
  [{ on: 'callback', effect: 'status', status: 199 }, STATUS],
  [{ on: 'callback', effect: 'status', status: 600 }, STATUS],
  [{ on: 'callback', effect: 'status', status: '503' }, STATUS],
  [{ on: 'callback', effect: 'delay' }, 'faults[0].delayMs: is required.'],
  [{ on: 'callback', effect: 'delay', delayMs: 0 }, 'faults[0].delayMs: must be a whole number from 1 to 30000.'],
  [{ ...CALLBACK, times: 0 }, TIMES],
  [{ ...CALLBACK, times: 1_001 }, TIMES],
  [{ ...CALLBACK, times: 'never' }, TIMES],
  [{ ...CALLBACK, skip: -1 }, 'faults[0].skip: must be a whole number from 0 to 1000.'],
  [{ ...CALLBACK, probability: 0 }, 'faults[0].probability: must be a number over 0 and up to 1.'],
  [{ ...CALLBACK, probability: 1.1 }, 'faults[0].probability: must be a number over 0 and up to 1.'],
  [{ ...CALLBACK, sequence: 0 }, 'faults[0].sequence: must be a whole number, 1 or more.'],
  [{ on: 'api', effect: 'status', status: 404 }, API_STATUS],
  [
    { on: 'api', effect: 'status', status: 500, after: true, retryAfterSeconds: 1 },
    'faults[0].retryAfterSeconds: is possible only with the status 429 or 503. ' +
      'faults[0].after: is possible only with the status 503 or 504.',
  ],
  [
    { on: 'callback', effect: 'status', status: 404, retryAfterSeconds: 1 },
    'faults[0].retryAfterSeconds: is possible only with the status 429 or 503.',
  ],
] as const)('the fault %j is refused', ([fault, message]) => {
  expect(() => parse({ faults: [fault] })).toThrow(expect.objectContaining({ status: 400, message }))
})

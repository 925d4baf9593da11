import { expect, test } from 'vitest'
import { CallbackFaults, withFaults } from '../../../shared/delivery/callbackFaults.js'
import type { Send } from '../../../shared/delivery/send.js'
import { callbackFaultBody } from '../../../shared/graph/requests/callbackFaultBody.js'
import { parseBody } from '../../../shared/graph/requests/parse.js'
import { newNotification } from '../../support/serviceFixture.js'

const OPTIONS = { attempt: 1, token: 'token', timeoutMs: 5_000 }

/** A sender whose callback answers 202, with the faults that the test injects. */
function createFaultySend() {
  const faults = new CallbackFaults()
  const sent: string[] = []
  const send: Send = async ({ applicationId }) => {
    sent.push(applicationId)
    return { status: 202 }
  }
  const sendWithFaults = withFaults(send, faults)
  const sendTo = (applicationId: string) => sendWithFaults(newNotification({ applicationId }), OPTIONS)
  return { faults, sent, sendTo }
}

test('a fault applies to as many deliveries as it says, and only to those of its application', async () => {
  const { faults, sent, sendTo } = createFaultySend()
  faults.set('a', { outcome: 503, times: 2 })
  expect(await sendTo('a')).toEqual({ status: 503, isFault: true })
  expect(faults.get('a')).toEqual({ outcome: 503, times: 1 })
  expect(await sendTo('b')).toEqual({ status: 202 })
  expect(await sendTo('a')).toEqual({ status: 503, isFault: true })
  expect(faults.get('a')).toBeUndefined()
  expect(sent).toEqual(['b'])
  expect(await sendTo('a')).toEqual({ status: 202 })
})

test.for([
  ['timeout', 'timeout'],
  ['reset', 'ECONNRESET'],
] as const)('the fault %s is the error %s, at once', async ([outcome, error]) => {
  const { faults, sent, sendTo } = createFaultySend()
  faults.set('a', { outcome, times: 1 })
  expect(await sendTo('a')).toEqual({ error, isFault: true })
  expect(sent).toEqual([])
})

test('a new fault replaces the one of the application, and a fault can be removed', async () => {
  const { faults, sendTo } = createFaultySend()
  faults.set('a', { outcome: 503, times: 1_000 })
  faults.set('a', { outcome: 410, times: 2 })
  expect(await sendTo('a')).toEqual({ status: 410, isFault: true })
  faults.clear('a')
  expect(faults.get('a')).toBeUndefined()
  expect(await sendTo('a')).toEqual({ status: 202 })
})

const parse = (body: unknown) => parseBody(callbackFaultBody, JSON.stringify(body))

test.for([200, 202, 302, 410, 503, 599, 'timeout', 'reset'] as const)('a fault may have the outcome %s', (outcome) => {
  expect(parse({ outcome, times: 1 })).toEqual({ outcome, times: 1 })
  expect(parse({ outcome: String(outcome) === outcome ? outcome.toUpperCase() : outcome, times: 1_000 })).toEqual({
    outcome,
    times: 1_000,
  })
})

const OUTCOME = 'outcome: must be a status from 200 to 599, "timeout" or "reset".'
const TIMES = 'times: must be a whole number from 1 to 1000.'

test.for([
  [{ outcome: 199, times: 1 }, OUTCOME],
  [{ outcome: 600, times: 1 }, OUTCOME],
  [{ outcome: 503.5, times: 1 }, OUTCOME],
  [{ outcome: '503', times: 1 }, OUTCOME],
  [{ outcome: ['timeout'], times: 1 }, OUTCOME],
  [{ outcome: 503, times: 0 }, TIMES],
  [{ outcome: 503, times: 1_001 }, TIMES],
  [{ outcome: 503, times: 1.5 }, TIMES],
  [{ outcome: 503, times: '1' }, TIMES],
  [{ outcome: 'crash', times: -1 }, `${OUTCOME} ${TIMES}`],
  [{ outcome: null }, 'outcome: is required. times: is required.'],
  [{}, 'outcome: is required. times: is required.'],
  [null, 'The request body: is required.'],
] as const)('%j is refused', ([body, message]) => {
  expect(() => parse(body)).toThrow(expect.objectContaining({ status: 400, message }))
})

import { HttpRequest, InvocationContext } from '@azure/functions'
import { expect, test } from 'vitest'
import { CallError } from '../../../shared/calls/errors.js'
import { respond } from '../../../shared/http/respond.js'
import type { Service } from '../../../shared/service/service.js'
import { RowTooLarge, StorageUnavailable, TooManyConflicts } from '../../../shared/storage/tables.js'

const getService = () => ({}) as Service

/** Responds to a request whose handler throws. Returns the status, the body and the lines of the log, as text. */
async function respondTo(error: Error) {
  const lines: string[] = []
  const logHandler = (level: string, ...texts: unknown[]) => void lines.push(`${level} ${texts.join(' ')}`)
  const invocation = new InvocationContext({ functionName: 'call-get', logHandler })
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/calls' })
  const { status, jsonBody, headers } = await respond('call-get', { request, invocation, getService }, () =>
    Promise.reject(error),
  )
  return { status, headers, body: JSON.stringify(jsonBody), log: lines.join('\n') }
}

test('an internal error is a 500 whose cause is in the log only', async () => {
  const { status, body, log } = await respondTo(new Error('a secret detail'))
  expect(status).toBe(500)
  expect(body).toContain('"code":"generalException"')
  expect(body).not.toContain('a secret detail')
  expect(log).toContain('error Error: a secret detail')
})

test('a call that is too large to be stored is a 409, which the log does not show as an error', async () => {
  const { status, body, log } = await respondTo(new RowTooLarge('the row is over 409600 bytes'))
  expect(status).toBe(409)
  expect(body).toContain('"code":"notAllowed"')
  expect(log).not.toContain('error ')
})

test.each([
  ['too many conflicts', new TooManyConflicts('other writers were first'), 'conflict', '1'],
  [
    'no answer of the storage',
    new StorageUnavailable('no answer'),
    'serviceNotAvailable',
    expect.stringMatching(/^\d+$/),
  ],
])('%s is a 503 with a code of its own and a Retry-After', async (_, error, code, retryAfter) => {
  const { status, headers, body } = await respondTo(error)
  expect(status).toBe(503)
  expect(body).toContain(`"code":"${code}"`)
  expect(headers).toMatchObject({ 'Retry-After': retryAfter })
})

test('the log line of a refused request has its method, its path, its code and its message', async () => {
  const { log } = await respondTo(new CallError('notInCall', 'ann is not in this call.'))
  expect(log).toMatch(
    /request name=call-get method=GET path=\/calls status=409 ms=\d+ code=notAllowed message="ann is not in this call."/,
  )
})

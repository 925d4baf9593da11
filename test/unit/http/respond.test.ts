import { HttpRequest, InvocationContext } from '@azure/functions'
import { expect, test, vi } from 'vitest'
import { respond } from '../../../shared/http/respond.js'
import { RowTooLarge } from '../../../shared/storage/tables.js'

vi.mock('../../../shared/service/service.js', () => ({ getService: () => ({}) }))

/** Responds to a request whose handler throws. Returns the status, the body and the lines of the log, as text. */
async function respondTo(error: Error) {
  const lines: string[] = []
  const logHandler = (level: string, ...texts: unknown[]) => void lines.push(`${level} ${texts.join(' ')}`)
  const invocation = new InvocationContext({ functionName: 'call-get', logHandler })
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/calls' })
  const { status, jsonBody } = await respond('call-get', request, invocation, () => Promise.reject(error))
  return { status, body: JSON.stringify(jsonBody), log: lines.join('\n') }
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

import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { APP2019, COMMUNICATIONS, callBody, establishCall, expectError, newBot } from '../../support/scenarios.js'

// Bots take a 404 as the end of the call, so a missing operation is a 501 and a wrong method is a 405.

const call = `${COMMUNICATIONS.calls}/${randomUUID()}`

test.each([
  ['DELETE', '/v1.0/users/heidi/onlineMeetings/1'],
  ['DELETE', '/v1.0/me/onlineMeetings/1'],
  ['DELETE', '/beta/app/onlineMeetings/1'],
  ['DELETE', '/app/onlineMeetings/1'],
])('%s %s is documented but not built: 501', async (method, path) => {
  const bot = await newBot()
  expectError(await bot.request(method, path), { status: 501, code: 'notImplemented', says: 'does not implement' })
})

test.each([
  ['GET', '/beta/app/calls', 'POST'],
  ['PUT', call, 'DELETE, GET, HEAD'],
  ['GET', `${call}/answer`, 'POST'],
  ['DELETE', `/bots/${randomUUID()}`, 'GET, HEAD, PUT'],
  ['POST', '/health', 'GET, HEAD'],
  ['OPTIONS', '/v1/keys', 'GET, HEAD'],
  ['PUT', '/v1.0/me/onlineMeetings/1', 'GET, HEAD, PATCH'],
])('%s %s is a 405 that lists the methods of the path', async (method, path, allowed) => {
  const bot = await newBot()
  const reply = await bot.request(method, path)
  expectError(reply, { status: 405, code: 'methodNotAllowed', says: `${method} is not allowed here` })
  expect(reply.headers.get('allow')).toBe(allowed)
})

test('HEAD is answered as GET, without the body', async () => {
  const bot = await newBot()
  const path = await establishCall(bot, COMMUNICATIONS)
  expect(await bot.request('HEAD', path)).toMatchObject({ status: 200, text: '' })
  expect(await bot.request('HEAD', `${COMMUNICATIONS.calls}/${randomUUID()}`)).toMatchObject({ status: 404, text: '' })
  expect((await fetch(`${inject('baseUrl')}/health`, { method: 'HEAD' })).status).toBe(200)
})

test('the requests on the page of 2019 work as printed, without a version in the path', async () => {
  const bot = await newBot()
  const created = await bot.request('POST', '/app/calls', callBody(bot))
  expect(created).toMatchObject({ status: 201, body: { '@odata.id': `/app/calls/${created.body.id}` } })
  expect(created.headers.get('location')).toBe(`${inject('baseUrl')}${APP2019.calls}/${created.body.id}`)
  expect(created.body.id).toMatch(APP2019.id)
  expect((await bot.request('GET', `/app/calls/${created.body.id}`)).body.id).toBe(created.body.id)
  expect((await bot.request('DELETE', `/app/calls/${created.body.id}`)).status).toBe(204)
})

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { callTo, dialects, establishCall, expectError, lastId, newBot, upperHex } from '../../../support/bots.js'

test.each(dialects)('$dialect: a call that has just been made reads as it was answered', async ({ calls }) => {
  const bot = await newBot()
  // Its one target may have answered meanwhile: compared is what that does not change.
  const { body: made } = await bot.request('POST', calls, callTo(bot))
  const { status, body } = await bot.request('GET', `${calls}/${made.id}`)

  expect(status).toBe(200)
  const { state: _state, activeModalities: _modalities, '@odata.etag': _etag, ...settled } = made
  expect(body).toMatchObject(settled)
})

test.each(dialects)('$dialect: an established call says so, and which modalities are active', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)

  expect(await bot.request('GET', call)).toMatchObject({
    status: 200,
    body: { state: 'established', direction: 'outgoing', requestedModalities: ['audio'], activeModalities: ['audio'] },
  })
})

test('app: the etag of a call rises with each of its changes', async () => {
  const bot = await newBot()
  const [app] = dialects
  const { body: made } = await bot.request('POST', app.calls, callTo(bot))
  await bot.waitFor(2)
  const { body: established } = await bot.request('GET', `${app.calls}/${made.id}`)

  expect([made['@odata.etag'], established['@odata.etag']]).toEqual(['W/"1"', 'W/"2"'])
})

test.each(dialects)('$dialect: the id of a call is understood in every spelling', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const hex = upperHex(lastId(call))
  const dashed = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')

  for (const id of [hex, hex.toLowerCase(), dashed, dashed.toLowerCase()]) {
    const { status, body } = await bot.request('GET', `${dialect.calls}/${id}`)
    expect([status, body.id]).toEqual([200, lastId(call)])
  }
})

test.each(dialects)('$dialect: a call that never was is not found', async ({ calls }) => {
  const bot = await newBot()

  expectError(await bot.request('GET', `${calls}/${randomUUID()}`), {
    status: 404,
    code: '8522',
    says: 'Call not found.',
  })
})

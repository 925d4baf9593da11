import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { callBody, dialects, establishCall, expectError, lastId, newBot, upperHex } from '../../../support/scenarios.js'

test.each(dialects)('$dialect: a new call reads as create returned it', async ({ calls }) => {
  const bot = await newBot()
  // The target may have answered in the meantime, so the properties that an answer changes are left out.
  const { body: created } = await bot.request('POST', calls, callBody(bot))
  const { status, body } = await bot.request('GET', `${calls}/${created.id}`)

  expect(status).toBe(200)
  const CHANGED = ['state', 'activeModalities', 'mediaState', '@odata.etag']
  const unchanged = Object.entries(created).filter(([name]) => !CHANGED.includes(name))
  expect(body).toMatchObject(Object.fromEntries(unchanged))
})

test.each(dialects)('$dialect: an established call shows its state and its active modalities', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)

  expect(await bot.request('GET', call)).toMatchObject({
    status: 200,
    body: { state: 'established', direction: 'outgoing', requestedModalities: ['audio'], activeModalities: ['audio'] },
  })
})

test('app: the etag of a call rises with each change', async () => {
  const bot = await newBot()
  const [app] = dialects
  const { body: created } = await bot.request('POST', app.calls, callBody(bot))
  await bot.waitFor(2)
  const { body: established } = await bot.request('GET', `${app.calls}/${created.id}`)

  expect([created['@odata.etag'], established['@odata.etag']]).toEqual(['W/"1"', 'W/"2"'])
})

test.each(dialects)('$dialect: a call is found by every spelling of its id', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const hex = upperHex(lastId(call))
  const dashed = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')

  for (const id of [hex, hex.toLowerCase(), dashed, dashed.toLowerCase()]) {
    const { status, body } = await bot.request('GET', `${dialect.calls}/${id}`)
    expect([status, body.id]).toEqual([200, lastId(call)])
  }
})

test.each(dialects)('$dialect: a call that never existed is not found', async ({ calls }) => {
  const bot = await newBot()

  expectError(await bot.request('GET', `${calls}/${randomUUID()}`), {
    status: 404,
    code: '8522',
    says: 'Call not found.',
  })
})

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { dialects, establishMeeting, expectError, newBot } from '../../../support/scenarios.js'
import { user } from '../../../support/testBot.js'

test.each(dialects)(
  '$dialect: the Location of an invitation is the address of its operation, which completes',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const body = { participants: [{ identity: user() }], clientContext: 'd45324c1' }
    const invited = await bot.request('POST', `${call}/participants/invite`, body)
    const { pathname } = new URL(invited.headers.get('location') ?? '')

    const expected = { id: invited.body.id, clientContext: 'd45324c1' }
    expect(await bot.request('GET', pathname)).toMatchObject({ status: 200, body: expected })
    await expect
      .poll(async () => (await bot.request('GET', pathname)).body)
      .toMatchObject({ ...expected, status: 'completed', resultInfo: { code: 200, subcode: 0 } })
  },
)

test.each(dialects)('$dialect: an operation can be read after its call has ended', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const invited = await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await bot.waitFor(5)
  await bot.request('DELETE', call)
  await bot.waitFor(7)

  expectError(await bot.request('GET', call), { status: 404, code: '8522' })
  expect(await bot.request('GET', `${call}/operations/${invited.body.id}`)).toMatchObject({
    status: 200,
    body: { id: invited.body.id, status: 'completed' },
  })
})

test.each(dialects)('$dialect: an operation that never existed is not found', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)

  expectError(await bot.request('GET', `${call}/operations/${randomUUID()}`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Operation',
  })
})

test('an operation of a call that never existed is not found', async () => {
  const bot = await newBot()
  const reply = await bot.request('GET', `/v1.0/communications/calls/${randomUUID()}/operations/${randomUUID()}`)

  expectError(reply, { status: 404, code: '8522' })
})

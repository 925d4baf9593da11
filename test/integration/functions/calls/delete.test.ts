import { expect, test } from 'vitest'
import {
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectError,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'

test.each(dialects)('$dialect: a hang-up returns 204 without a body', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const reply = await bot.request('DELETE', call)

  expect(reply.status).toBe(204)
  expect(reply.text).toBe('')
  expect(reply.headers.get('content-type')).toBeNull()
})

test.each(dialects)('$dialect: a call that has ended is not found and cannot be ended again', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)
  expectError(await bot.request('DELETE', call), { status: 404, code: '8522' })
  await bot.waitFor(3 + establishedWithAudio(dialect).length)

  const gone = { status: 404, code: '8522', says: 'Call not found.' }
  expectError(await bot.request('GET', call), gone)
  expectError(await bot.request('GET', `${call}/participants`), gone)
  expectError(await bot.request('DELETE', call), gone)
})

test.each(dialects)('$dialect: a bot hangs up on a caller that it has not answered', async ({ calls, dialect }) => {
  const bot = await newBot({ registered: dialect })
  const callId = await placeCall(bot)

  expect((await bot.request('DELETE', `${calls}/${callId}`)).status).toBe(204)
  await bot.waitFor(3)
  expect(bot.flow()).toEqual(
    dialect === 'app'
      ? ['created call incoming', 'updated call terminated', 'deleted call']
      : ['created call incoming', 'updated call terminating', 'deleted call terminated'],
  )
})

test.each(dialects)('$dialect: a bot leaves a meeting', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)

  expect((await bot.request('DELETE', call)).status).toBe(204)
  await bot.waitFor(5)
  expect(bot.flow().slice(3)).toEqual(
    dialect.dialect === 'app'
      ? ['updated call terminated', 'deleted call']
      : ['updated call terminating', 'deleted call terminated'],
  )
})

import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { COMMUNICATIONS, callBody, create, endOf, expectError, newBot } from '../../../support/scenarios.js'

test('a person with the reaction decline declines, and answers as usual once it is deleted', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const path = `/simulator/people/${personId}/reaction`
  const set = await bot.request('PUT', path, { onCall: 'Decline', afterMs: 10 })
  expect(set).toMatchObject({ status: 200, body: { onCall: 'decline', afterMs: 10 } })
  await create(bot, COMMUNICATIONS, callBody(bot, personId))
  await bot.waitFor(2)
  expect(bot.flow().slice(1)).toEqual(endOf(COMMUNICATIONS))

  expect(await bot.request('DELETE', path)).toMatchObject({ status: 204 })
  await create(bot, COMMUNICATIONS, callBody(bot, personId))
  await bot.waitFor(5)
  expect(bot.flow().at(-1)).toBe('updated call with audio')
})

test('the id of the person may be in the body, and in the query of a DELETE', async () => {
  const bot = await newBot()
  const userId = `../${randomUUID()}`
  expect(await bot.request('PUT', '/simulator/people/-/reaction', { userId, onCall: 'busy' })).toMatchObject({
    status: 200,
    body: { onCall: 'busy', afterMs: 0 },
  })
  const query = new URLSearchParams({ userId })
  expect(await bot.request('DELETE', `/simulator/people/-/reaction?${query}`)).toMatchObject({ status: 204 })
})

test('an unknown reaction is refused', async () => {
  const bot = await newBot()
  const path = `/simulator/people/${randomUUID()}/reaction`
  const reply = await bot.request('PUT', path, { onCall: 'sleep' })
  expectError(reply, {
    status: 400,
    code: 'invalidRequest',
    says: 'onCall: must be one of answer, wait, decline, busy',
  })
})

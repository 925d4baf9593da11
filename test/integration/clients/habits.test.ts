import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startOwnService } from '../../support/ownService.js'
import { COMMUNICATIONS, callBody, create, establishMeeting, expectError, newBot } from '../../support/scenarios.js'
import { meetingBody, send } from '../../support/testBot.js'

// Habits of existing bots that the service must tolerate.

test('49. a bot that never responds gets every notification once, if it registers maxAttempts 1 and skip', async () => {
  // Long enough that on a busy machine a notification reaches the bot in its only attempt.
  const service = await startOwnService({ NOTIFICATION_TIMEOUT_MS: '3000' })
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  bot.onNotification = () => undefined
  const registration = {
    displayName: 'Silent bot',
    tenantId: bot.tenantId,
    callingWebhook: bot.callbackUri,
    maxAttempts: 1,
    onDeadLetter: 'skip',
  }
  expect((await bot.request('PUT', `/bots/${bot.applicationId}`, registration)).status).toBe(201)

  await create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri))
  await bot.waitFor(3)
  expect(bot.received.map(({ headers }) => headers['ringback-sequence'])).toEqual(['1', '2', '3'])
})

test('50. a bot that takes a 404 as the end of its call gets no 404 before the call has ended', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const operations = ['recordResponse', 'transfer', 'redirect']
  const statuses = operations.map(async (name) => (await bot.request('POST', `${call}/${name}`, {})).status)
  expect(await Promise.all(statuses)).not.toContain(404)

  await bot.request('DELETE', call)
  await expect.poll(async () => (await bot.request('GET', call)).status).toBe(404)
})

test('52. a Go client sends every body compressed with gzip', async () => {
  const bot = await newBot()
  const headers = {
    Authorization: `Bearer ${bot.token}`,
    'Content-Type': 'application/json',
    'Content-Encoding': 'gzip',
  }
  const url = `${inject('baseUrl')}${COMMUNICATIONS.calls}`
  const body = gzipSync(JSON.stringify(callBody(bot)))
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201)
})

test('53. a bot that signs a user in gets a token, and the calls API refuses it', async () => {
  const baseUrl = inject('baseUrl')
  const form = { grant_type: 'refresh_token', refresh_token: 'any', client_id: randomUUID(), scope: 'User.Read' }
  const { status, body } = await send(baseUrl, 'POST', '/common/oauth2/v2.0/token', {
    body: new URLSearchParams(form).toString(),
  })
  expect(status).toBe(200)
  const refused = await send(baseUrl, 'POST', COMMUNICATIONS.calls, { token: body.access_token, body: {} })
  expectError(refused, { status: 403, code: '7504' })
})

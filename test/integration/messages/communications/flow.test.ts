import { expect, inject, onTestFinished, test } from 'vitest'
import { meetingBody, startBot, user } from '../../../support/testBot.js'
import { findDifferences } from '../match.js'
import * as message from './messages.js'

const baseUrl = inject('baseUrl')

test('replies and notifications for joining, inviting and hanging up equal the current documentation', async () => {
  const bot = await startBot(baseUrl)
  onTestFinished(() => bot.close())
  const names = new Map([
    ['application', bot.applicationId],
    ['tenant', bot.tenantId],
    ['callback', bot.callbackUri],
  ])
  const expectBody = (actual: unknown, fixture: unknown) => expect(findDifferences(actual, fixture, names)).toEqual([])

  const created = await bot.request('POST', '/v1.0/communications/calls', meetingBody(bot.callbackUri))
  expect(created.status).toBe(201)
  expectBody(created.body, message.created(`${baseUrl}/v1.0`))
  const path = `/v1.0/communications/calls/${names.get('call')}`
  expect(created.headers.get('location')).toBe(`${baseUrl}${path}`)
  await bot.waitFor(3)

  const body = { participants: [{ identity: user('heidi') }], clientContext: 'context of the client' }
  const invited = await bot.request('POST', `${path}/participants/invite`, body)
  expect(invited.status).toBe(200)
  expectBody(invited.body, message.invited(`${baseUrl}/v1.0`))
  expect(invited.headers.get('location')).toBe(`${baseUrl}${path}/operations/${names.get('invitation')}`)
  await bot.waitFor(5)

  expect((await bot.request('DELETE', path)).status).toBe(204)
  await bot.waitFor(message.notifications.length)
  for (const [index, fixture] of message.notifications.entries()) expectBody(bot.received[index]?.body, fixture)
  expect(bot.received).toHaveLength(message.notifications.length)
})

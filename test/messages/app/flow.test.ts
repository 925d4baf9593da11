import { expect, inject, onTestFinished, test } from 'vitest'
import { startBot } from '../../support/bot.js'
import { differences } from '../match.js'
import * as message from './messages.js'

const baseUrl = inject('baseUrl')

test('messages 7 to 15, and the plain invitation of messages 3 to 6, are on the socket as they are documented', async () => {
  const bot = await startBot(baseUrl)
  onTestFinished(() => bot.close())
  await bot.register('app')
  const names = new Map([['application', bot.applicationId]])
  const expectBody = (actual: unknown, fixture: unknown) => expect(differences(actual, fixture, names)).toEqual([])

  const caller = { id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698', displayName: 'Test User' }
  await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: { user: caller },
    requestedModalities: ['audio', 'video'],
  })
  const [first] = await bot.waitFor(1)
  expectBody(first?.body, message.incoming)
  const path = `/app/calls/${names.get('call')}`

  const answered = await bot.request(
    'POST',
    `${path}/answer`.replace('/app', '/beta/app'),
    message.answerRequest(bot.callbackUri),
  )
  expect(answered.status).toBe(200)
  expectBody(answered.body, message.answerReply)
  await bot.waitFor(3)

  const invited = await bot.request('POST', `/beta${path}/participants/invite`, message.inviteRequest)
  expect(invited.status).toBe(202)
  expectBody(invited.body, message.inviteReply)
  expect(invited.headers.get('location')).toBe(`${baseUrl}/beta${path}/operations/${names.get('invitation')}`)
  await bot.waitFor(5)

  const joins = await bot.request('POST', '/beta/app/calls', message.joinRequest(bot.callbackUri, bot.applicationId))
  expect(joins.status).toBe(201)
  await bot.waitFor(8)
  // Whatever else came would be one too many: the last step of both calls is their end, and it is the ninth to twelfth.
  for (const ended of [path, `/app/calls/${joins.body.id}`]) await bot.request('DELETE', `/beta${ended}`)
  await bot.waitFor(12)

  const bodies = bot.received.map(({ body }) => body)
  const expected = [
    message.incoming,
    message.establishing,
    message.established,
    message.inviteCompleted,
    message.rosterWithHeidi,
    message.joining,
    message.joined,
    message.rosterOfBot,
  ]
  for (const [index, fixture] of expected.entries()) expectBody(bodies[index], fixture)
  expect(joins.headers.get('location')).toBe(`${baseUrl}/beta/app/calls/${names.get('meeting')}`)
  expect(joins.body.id).toBe(names.get('meeting'))
  expect(bot.received).toHaveLength(12)
})

test('a missing, an extra or another key is a difference', () => {
  const names = new Map<string, string>()
  expect(differences({ a: 1 }, { a: 1, b: 2 }, names)).toEqual(['$.b: is missing'])
  expect(differences({ a: 1, b: 2 }, { a: 1 }, names)).toEqual(['$.b: is too much'])
  expect(differences({ a: ['x'] }, { a: ['y'] }, names)).toEqual(['$.a.0: x is not y'])
  expect(differences({ a: 'AB', b: 'CD' }, { a: '{x:number}', b: 'CD' }, names)).toEqual(['$.a: AB is not {x:number}'])
  expect(differences({ a: '12', b: '13' }, { a: '{y:number}', b: '{y:number}' }, names)).toEqual([
    '$.b: 13 is not {y:number}',
  ])
})

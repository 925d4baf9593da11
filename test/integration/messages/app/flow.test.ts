import { expect, inject, onTestFinished, test } from 'vitest'
import { startBot, type TestBot, type TestReply } from '../../../support/bot.js'
import { differences } from '../match.js'
import * as message from './messages.js'

const baseUrl = inject('baseUrl')

interface Scene {
  readonly bot: TestBot
  /** What the names in the fixtures stand for, as far as it is known. */
  readonly names: Map<string, string>
  /** Compares with a fixture, in both directions. */
  expectBody(actual: unknown, fixture: unknown): void
  /** Compares all notifications that have come since the last time, and no other must have come. */
  expectNotifications(...fixtures: object[]): Promise<void>
  post(path: string, body: object): Promise<TestReply>
}

async function newScene(): Promise<Scene> {
  const bot = await startBot(baseUrl)
  onTestFinished(() => bot.close())
  await bot.register('app')
  const names = new Map([
    ['application', bot.applicationId],
    ['tenant', bot.tenantId],
  ])
  const expectBody = (actual: unknown, fixture: unknown) => expect(differences(actual, fixture, names)).toEqual([])
  let seen = 0
  return {
    bot,
    names,
    expectBody,
    expectNotifications: async (...fixtures) => {
      await bot.waitFor(seen + fixtures.length)
      for (const [index, fixture] of fixtures.entries()) expectBody(bot.received[seen + index]?.body, fixture)
      seen += fixtures.length
      expect(bot.received).toHaveLength(seen)
    },
    post: (path, body) => bot.request('POST', `/beta${path}`, body),
  }
}

/** Messages 7 to 11: somebody calls, and the bot answers. Returns the path of the call. */
async function answerCall({ bot, names, expectBody, expectNotifications, post }: Scene): Promise<string> {
  await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: { user: message.CALLER },
    requestedModalities: ['audio', 'video'],
  })
  await expectNotifications(message.incoming)
  const path = `/app/calls/${names.get('call')}`
  const answered = await post(`${path}/answer`, message.answerRequest(bot.callbackUri))
  expect(answered.status).toBe(200)
  expectBody(answered.body, message.answerReply)
  await expectNotifications(message.establishing, message.established)
  return path
}

/** Messages 12 to 15: the bot joins a channel meeting without media. */
async function joinMeeting({ bot, names, expectBody, expectNotifications, post }: Scene): Promise<string> {
  const joins = await post('/app/calls', message.joinRequest(bot.callbackUri, bot.applicationId))
  expect(joins.status).toBe(201)
  expectBody(joins.body, message.joinReply(bot.callbackUri))
  const path = `/app/calls/${names.get('meeting')}`
  expect(joins.headers.get('location')).toBe(`${baseUrl}/beta${path}`)
  await expectNotifications(message.joining, message.joined, message.rosterOfBot)
  return path
}

function expectInvited({ names, expectBody }: Scene, reply: TestReply, path: string, body: object): void {
  expect(reply.status).toBe(202)
  expectBody(reply.body, body)
  expect(reply.headers.get('location')).toBe(`${baseUrl}/beta${path}/operations/${names.get('invitation')}`)
}

test('messages 7 to 21: a call is answered, the bot joins a meeting, the caller is moved there, the call ends', async () => {
  const scene = await newScene()
  const call = await answerCall(scene)
  const meeting = await joinMeeting(scene)

  const moved = await scene.post(`${meeting}/participants/invite`, message.moveRequest(call))
  expectInvited(scene, moved, meeting, message.moveReply)
  await scene.expectNotifications(message.moveCompleted, message.rosterWithCaller, message.replaced, message.deleted)
})

test('messages 3 to 6: somebody is invited into a peer-to-peer call', async () => {
  const scene = await newScene()
  const call = await answerCall(scene)
  const invited = await scene.post(`${call}/participants/invite`, message.inviteRequest)
  expectInvited(scene, invited, call, message.inviteReply)
  await scene.expectNotifications(message.inviteCompleted, message.rosterWithHeidi)
})

test('messages 1 and 2: an invitation that says all that one can say', async () => {
  const scene = await newScene()
  const { bot } = scene
  const { identity } = message.inviteRequest.participants[0] ?? {}
  const called = await scene.post('/app/calls', {
    ...message.answerRequest(bot.callbackUri),
    requestedModalities: ['audio'],
    targets: [{ identity }],
  })
  await bot.waitFor(2)
  const joins = await scene.post('/app/calls', message.joinRequest(bot.callbackUri, bot.applicationId))
  await bot.waitFor(5)
  const meeting = `/app/calls/${joins.body.id}`
  const moved = await scene.post(`${meeting}/participants/invite`, message.moveHeidiRequest(called.body.id))
  expectInvited(scene, moved, meeting, message.moveHeidiReply)
  await bot.waitFor(9)
  expect(bot.flow().slice(5)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'updated call terminated',
    'deleted call',
  ])
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

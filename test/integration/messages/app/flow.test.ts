import { expect, inject, onTestFinished, test } from 'vitest'
import { startBot, type TestBot, type TestReply } from '../../../support/testBot.js'
import { findDifferences } from '../match.js'
import * as message from './messages.js'

const baseUrl = inject('baseUrl')

interface Scene {
  readonly bot: TestBot
  /** The text that each name in the fixtures stands for, as soon as it is known. */
  readonly names: Map<string, string>
  /** Checks that a body equals a fixture. */
  expectBody(actual: unknown, fixture: unknown): void
  /** Checks that exactly these notifications have arrived since the last call. */
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
  const expectBody = (actual: unknown, fixture: unknown) => expect(findDifferences(actual, fixture, names)).toEqual([])
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

/** Messages 7 to 11: a person calls, and the bot answers. Returns the path of the call. */
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

/** Messages 12 to 15: the bot joins a channel meeting without media. Returns the path of the meeting. */
async function joinMeeting({ bot, names, expectBody, expectNotifications, post }: Scene): Promise<string> {
  const joined = await post('/app/calls', message.joinRequest(bot.callbackUri, bot.applicationId))
  expect(joined.status).toBe(201)
  expectBody(joined.body, message.joinReply(bot.callbackUri))
  const path = `/app/calls/${names.get('meeting')}`
  expect(joined.headers.get('location')).toBe(`${baseUrl}/beta${path}`)
  await expectNotifications(message.joining, message.joined, message.rosterOfBot)
  return path
}

function expectInvited({ names, expectBody }: Scene, reply: TestReply, path: string, body: object): void {
  expect(reply.status).toBe(202)
  expectBody(reply.body, body)
  expect(reply.headers.get('location')).toBe(`${baseUrl}/beta${path}/operations/${names.get('invitation')}`)
}

test('messages 7 to 21: the bot answers a call, joins a meeting, and moves the caller into it', async () => {
  const scene = await newScene()
  const call = await answerCall(scene)
  const meeting = await joinMeeting(scene)

  const reply = await scene.post(`${meeting}/participants/invite`, message.replaceRequest(call))
  expectInvited(scene, reply, meeting, message.replaceReply)
  await scene.expectNotifications(message.replaceCompleted, message.rosterWithCaller, message.replaced, message.deleted)
})

test('messages 3 to 6: the bot invites a participant into a peer-to-peer call', async () => {
  const scene = await newScene()
  const call = await answerCall(scene)
  const invited = await scene.post(`${call}/participants/invite`, message.inviteRequest)
  expectInvited(scene, invited, call, message.inviteReply)
  await scene.expectNotifications(message.inviteCompleted, message.rosterWithHeidi)
})

test('messages 1 and 2: the bot sends an invitation with every property', async () => {
  const scene = await newScene()
  const { bot } = scene
  const { identity } = message.inviteRequest.participants[0] ?? {}
  const called = await scene.post('/app/calls', {
    ...message.answerRequest(bot.callbackUri),
    requestedModalities: ['audio'],
    targets: [{ identity }],
  })
  await bot.waitFor(2)
  const joined = await scene.post('/app/calls', message.joinRequest(bot.callbackUri, bot.applicationId))
  await bot.waitFor(5)
  const meeting = `/app/calls/${joined.body.id}`
  const reply = await scene.post(`${meeting}/participants/invite`, message.replaceHeidiRequest(called.body.id))
  expectInvited(scene, reply, meeting, message.replaceHeidiReply)
  await bot.waitFor(9)
  expect(bot.flow().slice(5)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'updated call terminated',
    'deleted call',
  ])
})

test('a missing key, an extra key and another value are differences', () => {
  const names = new Map<string, string>()
  expect(findDifferences({ a: 1 }, { a: 1, b: 2 }, names)).toEqual(['$.b: is missing'])
  expect(findDifferences({ a: 1, b: 2 }, { a: 1 }, names)).toEqual(['$.b: is not in the fixture'])
  expect(findDifferences({ a: ['x'] }, { a: ['y'] }, names)).toEqual(['$.a.0: x is not y'])
  expect(findDifferences({ a: 'AB', b: 'CD' }, { a: '{x:number}', b: 'CD' }, names)).toEqual([
    '$.a: AB is not {x:number}',
  ])
  expect(findDifferences({ a: '12', b: '13' }, { a: '{y:number}', b: '{y:number}' }, names)).toEqual([
    '$.b: 13 is not {y:number}',
  ])
})

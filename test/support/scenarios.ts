import { randomUUID } from 'node:crypto'
import { expect, inject, onTestFinished } from 'vitest'
import { meetingBody, SERVICE_HOSTED, startBot, type TestBot, type TestReply, user } from './testBot.js'

// The steps and request bodies that tests of the HTTP API share. testBot.ts has the bot itself.

export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** An id in the spelling of the 2019 API. */
export const UPPER_HEX = /^[0-9A-F]{32}$/
export const upperHex = (guid: string): string => guid.replaceAll('-', '').toUpperCase()

/** The two dialects. The path of the request that creates a call decides on its dialect. */
export const APP2019 = { dialect: 'app', calls: '/beta/app/calls', id: UPPER_HEX, spell: upperHex } as const
export const COMMUNICATIONS = {
  dialect: 'communications',
  calls: '/v1.0/communications/calls',
  id: GUID,
  spell: (guid: string): string => guid,
} as const
export const dialects = [APP2019, COMMUNICATIONS] as const
export type Dialect = (typeof dialects)[number]

interface BotOptions {
  readonly baseUrl?: string
  /** The permissions of its token; by default all. */
  readonly roles?: string
  /** Registers the bot with this dialect, so that people can call it. */
  readonly registered?: 'app' | 'communications'
}

/** Starts a bot that is closed at the end of the test. */
export async function newBot({ baseUrl = inject('baseUrl'), roles, registered }: BotOptions = {}): Promise<TestBot> {
  const bot = await startBot(baseUrl, roles)
  onTestFinished(() => bot.close())
  if (registered) await bot.register(registered)
  return bot
}

/** The body of a create that calls one person. */
export const callBody = (bot: TestBot, personId: string = randomUUID()) => ({
  callbackUri: bot.callbackUri,
  targets: [{ identity: user(personId) }],
  mediaConfig: SERVICE_HOSTED,
})

/** The body of a create that calls several people. */
export const groupCallBody = (bot: TestBot, people: readonly string[]) => ({
  ...callBody(bot),
  targets: people.map((id) => ({ identity: user(id) })),
})

export const newPersonIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

export const APP_HOSTED = { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: '<session>' }

export const ANSWER = { acceptedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }

/** Creates a call and returns its path, such as `/v1.0/communications/calls/ID`. */
export async function create(bot: TestBot, { calls }: Dialect, body: object): Promise<string> {
  const reply = await bot.request('POST', calls, body)
  expect(reply.status).toBe(201)
  return `${calls}/${reply.body.id}`
}

/** The notifications with which a call with audio is established, in this dialect. */
export const establishedWithAudio = ({ dialect }: Dialect): string[] =>
  dialect === 'app' ? ['updated call established'] : ['updated call established', 'updated call with audio']

/** The notifications at the end of a call, in this dialect, when the bot does not hang up. */
export const endOf = ({ dialect }: Dialect): string[] =>
  dialect === 'app' ? ['updated call terminated', 'deleted call'] : ['deleted call terminated']

/** The notifications at the end of a call, in this dialect, when the bot hangs up. */
export const hangUpOf = (dialect: Dialect): string[] =>
  dialect.dialect === 'app' ? endOf(dialect) : ['updated call terminating', ...endOf(dialect)]

/** Calls a person, who answers, and waits until the bot is notified that the peer-to-peer call is established. */
export async function establishCall(bot: TestBot, dialect: Dialect, personId: string = randomUUID()): Promise<string> {
  const call = await create(bot, dialect, callBody(bot, personId))
  await bot.waitFor(1 + establishedWithAudio(dialect).length)
  return call
}

/** Joins a meeting without media as its only participant, and waits for the three notifications of that. */
export async function establishMeeting(bot: TestBot, dialect: Dialect): Promise<string> {
  const call = await create(bot, dialect, meetingBody(bot.callbackUri))
  await bot.waitFor(3)
  return call
}

/** Lets a person join a group call, and returns the id of their entry in the roster, as the dialect spells it. */
export async function joinCall(
  bot: TestBot,
  call: string,
  { spell }: Dialect,
  { personId = randomUUID(), isInLobby = false } = {},
): Promise<string> {
  const before = bot.received.length
  const identity = user(personId)
  const reply = await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity, isInLobby })
  expect(reply.status).toBe(201)
  await bot.waitFor(before + 1)
  return spell(reply.body.id)
}

/** Makes a person call the bot, and returns the id of the call. */
export async function placeCall(bot: TestBot, personId: string = randomUUID()): Promise<string> {
  const reply = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: { user: { id: personId, displayName: 'Heidi Steen' } },
  })
  expect(reply.status).toBe(201)
  return reply.body.id
}

/** Makes a person act in the call in which the action is possible. */
export async function actAsPerson(
  bot: TestBot,
  personId: string,
  action: 'answer' | 'decline' | 'busy' | 'leave' | 'mute' | 'unmute' | 'share' | 'unshare' | 'admit' | 'refuse',
): Promise<void> {
  const reply = await bot.request('POST', `/simulator/people/${personId}/${action}`)
  expect(reply).toMatchObject({ status: 200, body: { callId: expect.stringMatching(GUID) } })
}

/** Checks that an action of a call refuses a body, before it looks for the call. */
export async function expectBodyRefused(
  action: string,
  body: unknown,
  says: string,
  { calls }: Dialect = COMMUNICATIONS,
): Promise<void> {
  const bot = await newBot()
  const reply = await bot.request('POST', `${calls}/${randomUUID()}/${action}`, body)
  expectError(reply, { status: 400, code: 'invalidRequest', says })
}

/**
 * Checks that an action is possible only in an established call whose media the service hosts.
 *
 * @param name the last segment of its path, if that is not `action`
 */
export async function expectServiceHostedMediaNeeded(
  dialect: Dialect,
  action: string,
  body: object,
  name = action,
): Promise<void> {
  const bot = await newBot({ registered: dialect.dialect })
  const refused = (says: string) => ({ status: 409, code: 'notAllowed', says })
  const incoming = `${dialect.calls}/${await placeCall(bot)}`
  expectError(
    await bot.request('POST', `${incoming}/${name}`, body),
    refused(`The call is incoming; ${action} needs a call that is established`),
  )
  const [hosting, silent] = [await newBot(), await newBot()]
  const hosted = await create(hosting, dialect, { ...callBody(hosting), mediaConfig: APP_HOSTED })
  await hosting.waitFor(1 + establishedWithAudio(dialect).length)
  const needs = `${action} needs service-hosted media`
  expectError(
    await hosting.request('POST', `${hosted}/${name}`, body),
    refused(`The call has application-hosted media; ${needs}`),
  )
  const noMedia = await establishMeeting(silent, dialect)
  expectError(await silent.request('POST', `${noMedia}/${name}`, body), refused(`The call has no media; ${needs}`))
  const unknown = `${dialect.calls}/${randomUUID()}/${name}`
  expectError(await bot.request('POST', unknown, body), { status: 404, code: '8522' })
}

/** The last segment of a path. */
export const lastId = (path: string): string => path.split('/').at(-1) ?? ''

/** The only change in the notification of this number. The first is 1; negative numbers count from the end. */
export function getNotification(bot: TestBot, number: number) {
  const notification = bot.received.at(number > 0 ? number - 1 : number)
  expect(notification?.body.value).toHaveLength(1)
  return notification?.body.value[0]
}

/** The notifications of one call, in order. */
export const flowOf = (bot: TestBot, call: string): string[] =>
  bot.flow().filter((_, index) => getNotification(bot, index + 1).resource.split('/')[3] === lastId(call))

/** Checks that a reply is an error of Graph, with all of its properties and no others. */
export function expectError(
  reply: TestReply,
  { status, code, says = '' }: { status: number; code: string; says?: string },
): void {
  const requestId = reply.headers.get('request-id')
  expect({ status: reply.status, type: reply.headers.get('content-type'), body: reply.body }).toEqual({
    status,
    type: expect.stringMatching(/^application\/json\b/),
    body: {
      error: {
        code,
        message: expect.stringContaining(says),
        innerError: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
          'request-id': requestId,
          'client-request-id': reply.headers.get('client-request-id') ?? requestId,
        },
      },
    },
  })
  expect(requestId).toMatch(GUID)
}

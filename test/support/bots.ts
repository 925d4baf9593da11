import { randomUUID } from 'node:crypto'
import { expect, inject, onTestFinished } from 'vitest'
import { joinMeeting, SERVICE_HOSTED, startBot, type TestBot, type TestReply, user } from './bot.js'

export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** An id as the API of 2019 spelled it. */
export const UPPER_HEX = /^[0-9A-F]{32}$/
export const upperHex = (guid: string): string => guid.replaceAll('-', '').toUpperCase()

/** The two ways in which a call may speak. Which of them it is, the path decides that makes the call. */
export const APP = { dialect: 'app', calls: '/beta/app/calls', id: UPPER_HEX, spell: upperHex } as const
export const COMMUNICATIONS = {
  dialect: 'communications',
  calls: '/v1.0/communications/calls',
  id: GUID,
  spell: (guid: string): string => guid,
} as const
export const dialects = [APP, COMMUNICATIONS] as const
export type Dialect = (typeof dialects)[number]

interface BotOptions {
  readonly baseUrl?: string
  /** The permissions of its token; every one that there is by default. */
  readonly roles?: string
  /** Registers the bot, so that it can be called. */
  readonly registered?: 'app' | 'communications'
}

/** A bot for the length of one test. */
export async function newBot({ baseUrl = inject('baseUrl'), roles, registered }: BotOptions = {}): Promise<TestBot> {
  const bot = await startBot(baseUrl, roles)
  onTestFinished(() => bot.close())
  if (registered) await bot.register(registered)
  return bot
}

/** The body that calls one person. */
export const callTo = (bot: TestBot, personId: string = randomUUID()) => ({
  callbackUri: bot.callbackUri,
  targets: [{ identity: user(personId) }],
  mediaConfig: SERVICE_HOSTED,
})

/** The body that calls several. */
export const callToAll = (bot: TestBot, people: readonly string[]) => ({
  ...callTo(bot),
  targets: people.map((id) => ({ identity: user(id) })),
})

export const newPeople = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

export const ANSWER = { acceptedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }

/** Makes a call and returns its address below the version, such as `/v1.0/communications/calls/ID`. */
export async function create(bot: TestBot, { calls }: Dialect, body: object): Promise<string> {
  const reply = await bot.request('POST', calls, body)
  expect(reply.status).toBe(201)
  return `${calls}/${reply.body.id}`
}

/** What a call with audio says in this dialect when it is established. */
export const establishedWithAudio = ({ dialect }: Dialect): string[] =>
  dialect === 'app' ? ['updated call established'] : ['updated call established', 'updated call with audio']

/** Calls somebody, who answers: a peer-to-peer call that has told its bot so. */
export async function establishCall(bot: TestBot, dialect: Dialect, personId: string = randomUUID()): Promise<string> {
  const call = await create(bot, dialect, callTo(bot, personId))
  await bot.waitFor(1 + establishedWithAudio(dialect).length)
  return call
}

/** Joins a meeting without media: the bot has been told three times, and is alone in it. */
export async function establishMeeting(bot: TestBot, dialect: Dialect): Promise<string> {
  const call = await create(bot, dialect, joinMeeting(bot.callbackUri))
  await bot.waitFor(3)
  return call
}

/** Lets somebody call the bot, and returns the id of the call. */
export async function placeCall(bot: TestBot, personId: string = randomUUID()): Promise<string> {
  const reply = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: { user: { id: personId, displayName: 'Heidi Steen' } },
  })
  expect(reply.status).toBe(201)
  return reply.body.id
}

/** Makes somebody answer, decline, be busy or leave, in whichever call they can. */
export async function move(
  bot: TestBot,
  personId: string,
  action: 'answer' | 'decline' | 'busy' | 'leave' | 'mute' | 'unmute',
): Promise<void> {
  const reply = await bot.request('POST', `/simulator/people/${personId}/${action}`)
  expect(reply).toMatchObject({ status: 200, body: { callId: expect.stringMatching(GUID) } })
}

/** The id in the last part of an address. */
export const lastId = (address: string): string => address.split('/').at(-1) ?? ''

/** The notification of this number, the first being 1, without its envelope; from the end when negative. */
export function notified(bot: TestBot, number: number) {
  const one = bot.received.at(number > 0 ? number - 1 : number)
  expect(one?.body.value).toHaveLength(1)
  return one?.body.value[0]
}

/** Checks that a reply is Graph's error body, whole and with nothing else in it. */
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

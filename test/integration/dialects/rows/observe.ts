import { randomUUID } from 'node:crypto'
import {
  create,
  type Dialect,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  lastId,
  newBot,
  newPersonIds,
} from '../../../support/scenarios.js'
import type { TestBot, TestReply } from '../../../support/testBot.js'

// What the rows of several files observe.

/** Joins a meeting, invites a participant and waits for the end of the invitation. */
export async function inviteIntoMeeting(dialect: Dialect, rest: object = {}) {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const participants = [{ identity: { user: { id: randomUUID() } } }]
  const reply = await bot.request('POST', `${call}/participants/invite`, { participants, ...rest })
  await bot.waitFor(4)
  return { bot, call, reply }
}

/** A call with a person, and a meeting into which the bot can move that person. */
export async function establishCallAndMeeting(dialect: Dialect) {
  const bot = await newBot()
  const [personId = ''] = newPersonIds(1)
  const oldCall = lastId(await establishCall(bot, dialect, personId))
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const meeting = await create(bot, dialect, { callbackUri: bot.callbackUri, meetingInfo })
  await bot.waitFor(4 + establishedWithAudio(dialect).length)
  return { bot, personId, oldCall, meeting }
}

/** A body for every action: an action ignores the properties that it does not use. */
export const PROMPTS = { prompts: [{ mediaInfo: { uri: 'https://bot.example/beep.wav' } }], clientContext: 'mine' }

export const invite = (bot: TestBot, call: string, participant: object) =>
  bot.request('POST', `${call}/participants/invite`, { participants: [participant] })

export const shapeOf = ({ status, headers, body }: TestReply) => ({
  status,
  location: headers.has('location'),
  keys: Object.keys(body ?? {}).toSorted(),
})

export const locationOf = ({ headers }: TestReply) => lastId(headers.get('location') ?? '')

/** The properties of a roster entry that the rows compare. */
export interface Entry {
  readonly info: {
    readonly '@odata.type': string
    readonly identity: Record<string, { id: string; tenantId?: string; identityProvider?: string } | undefined>
    readonly endpointType?: string
  }
  readonly mediaStreams: readonly {
    readonly mediaType: string
    readonly direction: string
    readonly sourceId: string
    readonly serverMuted: boolean
  }[]
}

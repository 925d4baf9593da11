import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import {
  callBody,
  type Dialect,
  establishMeeting,
  GUID,
  getNotification,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
  UPPER_HEX,
} from '../../../support/scenarios.js'
import { meetingBody } from '../../../support/testBot.js'
import { type Entry, establishCallAndMeeting, invite, inviteIntoMeeting, locationOf } from './observe.js'
import type { Row } from './row.js'

export const identities: readonly Row[] = [
  {
    row: 'spelling of ids',
    observe: async (dialect) => {
      const { bot, call, reply } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const segmentsOf = (number: number) => getNotification(bot, number).resource.split('/')
      const participant = lastId(getNotification(bot, 5).resourceData[0]['@odata.id'])
      const ids = [
        lastId(call),
        segmentsOf(1)[3],
        segmentsOf(4)[3],
        segmentsOf(4)[5],
        reply.body.id,
        locationOf(reply),
        participant,
      ]
      return ids.map((id) => (UPPER_HEX.test(id) ? 'upper hex' : GUID.test(id) ? 'dashed' : id))
    },
    app: Array(7).fill('upper hex'),
    communications: Array(7).fill('dashed'),
  },
  {
    row: 'id of the bot',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      const spelled = bot.applicationId.toUpperCase()
      const source = { identity: { application: { id: spelled } } }
      const created = await bot.request('POST', dialect.calls, { ...meetingBody(bot.callbackUri), source })
      await bot.waitFor(3)
      await placeCall(bot)
      await bot.waitFor(4)
      const ids: string[] = [
        created.body.source.identity.application.id,
        getNotification(bot, 3).resourceData[0].info.identity.application.id,
        getNotification(bot, 4).resourceData.targets[0].identity.application.id,
      ]
      return ids.map((id) => id === bot.applicationId)
    },
    app: [true, true, true],
  },
  {
    row: 'tenantId of an identity',
    observe: (dialect) => observeIdentities(dialect, 'tenantId'),
    app: { caller: undefined, invited: [undefined, 'given'], inRoster: [undefined, 'given'], bot: undefined },
    communications: {
      caller: 'of the call',
      invited: ['of the call', 'given'],
      inRoster: ['of the call', 'given'],
      bot: 'of the call',
    },
  },
  {
    row: 'identityProvider of an identity',
    observe: (dialect) => observeIdentities(dialect, 'identityProvider'),
    app: { caller: undefined, invited: [undefined, 'given'], inRoster: [undefined, 'given'], bot: undefined },
    communications: { caller: 'AAD', invited: ['AAD', 'given'], inRoster: ['AAD', 'given'], bot: undefined },
  },
  {
    row: 'endpointType and participantId',
    observe: async (dialect) => {
      const [bot, participantId] = [await newBot(), randomUUID()]
      const infoOf = (identity: object) => ({ identity, endpointType: 'Voicemail', participantId })
      const [source, target] = [infoOf({ application: { id: bot.applicationId } }), infoOf({ user: { id: 'ann' } })]
      const created = await bot.request('POST', dialect.calls, { ...callBody(bot), source, targets: [target] })
      const inMeeting = await newBot()
      await invite(inMeeting, await establishMeeting(inMeeting, dialect), infoOf({ user: { id: randomUUID() } }))
      await inMeeting.waitFor(4)
      const sent = {
        source: created.body.source,
        target: created.body.targets[0],
        operation: getNotification(inMeeting, 4).resourceData.participants[0],
      }
      return Object.entries(sent).map(([place, info]) => [
        place,
        info.endpointType,
        info.participantId === dialect.spell(participantId),
      ])
    },
    app: [
      ['source', undefined, false],
      ['target', undefined, false],
      ['operation', 'voicemail', true],
    ],
    communications: [
      ['source', 'voicemail', true],
      ['target', 'voicemail', true],
      ['operation', 'voicemail', true],
    ],
  },
  {
    row: 'language of source and targets',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      await placeCall(bot)
      await bot.waitFor(1)
      const { source, targets } = getNotification(bot, 1).resourceData
      return [source, targets[0]].map(({ identity, region, languageId }) => {
        const [{ language }] = Object.values<{ language?: string }>(identity) as [{ language?: string }]
        return { language, region, languageId }
      })
    },
    app: Array(2).fill({ language: 'en-US', region: undefined, languageId: undefined }),
    communications: [
      { language: undefined, region: 'westus', languageId: 'en-US' },
      { language: undefined, region: undefined, languageId: undefined },
    ],
  },
  {
    row: 'spelling of replacesCallId',
    observe: async (dialect) => {
      const spellings = [
        (id: string) => id,
        (id: string) => id.toUpperCase().replaceAll('-', ''),
        (id: string) => `/app/calls/${id}`,
        (id: string) => `/communications/calls/${id.toLowerCase()}`,
      ]
      return Promise.all(
        spellings.map(async (spell) => {
          const { bot, personId, oldCall, meeting } = await establishCallAndMeeting(dialect)
          const participant = { identity: { user: { id: personId } }, replacesCallId: spell(oldCall) }
          return (await invite(bot, meeting, participant)).status < 300
        }),
      )
    },
    app: [true, true, true, true],
  },
  {
    row: 'callRoutes of an incoming call',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      const callRoutes = [
        { routingType: 'lookup', original: { phone: { id: '+1' } }, final: { user: { id: 'heidi' } } },
      ]
      for (const rest of [{ callRoutes }, {}]) {
        const body = { to: { application: { id: bot.applicationId } }, from: { user: { id: randomUUID() } }, ...rest }
        expect((await bot.request('POST', '/simulator/calls', body)).status).toBe(201)
      }
      await bot.waitFor(2)
      const routes = bot.received.map(({ body }) => body.value[0].resourceData.callRoutes)
      return routes.map((found) => found?.[0].final.user.id).toSorted()
    },
    app: ['heidi', undefined],
  },
  {
    row: 'calling a phone',
    observe: async (dialect) => {
      const bot = await newBot()
      const body = { ...callBody(bot), targets: [{ identity: { phone: { id: '+12345678901' } } }] }
      const instance = { displayName: 'Calling Bot', id: randomUUID() }
      const sources = [undefined, { application: { id: bot.applicationId } }, { applicationInstance: instance }]
      const replies = await Promise.all(
        sources.map((identity) => bot.request('POST', dialect.calls, { ...body, source: identity && { identity } })),
      )
      const source = replies[2]?.body.source.identity.applicationInstance
      return {
        replies: replies.map(({ status, body }) => [status, body.error?.code]),
        isSourceKept: source.id === instance.id && source.displayName === instance.displayName,
      }
    },
    app: {
      replies: [
        [403, '7507'],
        [403, '7507'],
        [201, undefined],
      ],
      isSourceKept: true,
    },
  },
]

/** Observes the property of a caller, of two invited users (only the second gives it), and of the bot in the roster. */
async function observeIdentities(dialect: Dialect, property: 'tenantId' | 'identityProvider') {
  const called = await newBot({ registered: dialect.dialect })
  await placeCall(called)
  await called.waitFor(1)
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const users = newPersonIds(2).map((id, index) => ({ id, ...(index === 1 && { [property]: 'given' }) }))
  const participants = users.map((user) => ({ identity: { user } }))
  await bot.request('POST', `${call}/participants/invite`, { participants })
  await bot.waitFor(6)
  const read = ({ identity }: Entry['info'], kind = 'user') => {
    const value = identity[kind]?.[property]
    return value === bot.tenantId || value === called.tenantId ? 'of the call' : value
  }
  const infos: Entry['info'][] = getNotification(bot, 6).resourceData.map(({ info }: Entry) => info)
  return {
    caller: read(getNotification(called, 1).resourceData.source),
    invited: bot.received
      .flatMap(({ body }) => body.value[0].resourceData.participants ?? [])
      .map((info: Entry['info']) => read(info)),
    inRoster: users.flatMap(({ id }) =>
      infos.filter(({ identity }) => identity.user?.id === id).map((info) => read(info)),
    ),
    bot: infos.filter(({ identity }) => identity.application).map((info) => read(info, 'application'))[0],
  }
}

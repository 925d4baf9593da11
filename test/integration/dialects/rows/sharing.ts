import {
  actAsPerson,
  create,
  type Dialect,
  establishMeeting,
  getNotification,
  lastId,
  newBot,
  newPersonIds,
} from '../../../support/scenarios.js'
import { meetingBody } from '../../../support/testBot.js'
import type { Entry } from './observe.js'
import type { Row } from './row.js'

export const sharing: readonly Row[] = [
  {
    row: 'content sharing',
    observe: async (dialect) => {
      const { bot, call, personId } = await shareInMeeting(dialect, { isContentSharingNotificationEnabled: true })
      const [session] = (await bot.request('GET', `${call}/contentSharingSessions`)).body.value
      const isSpelled = [session.id, session.presenterParticipantId].every((id) => dialect.id.test(id))
      await actAsPerson(bot, personId, 'leave')
      const other = await shareInMeeting(dialect, {})
      await bot.waitFor(dialect.dialect === 'app' ? 6 : 8)
      await other.bot.waitFor(5)
      return { isSpelled, asked: bot.flow().slice(4), notAsked: other.bot.flow().slice(4) }
    },
    app: {
      isSpelled: true,
      asked: ['updated participants 2', 'updated participants 1'],
      notAsked: ['updated participants 2'],
    },
    communications: {
      isSpelled: true,
      asked: [
        'created contentsharingsessions 1',
        'updated participants 2',
        'deleted contentsharingsessions 1',
        'updated participants 1',
      ],
      notAsked: ['updated participants 2'],
    },
  },
  {
    row: 'streams of a presenter',
    observe: async (dialect) => {
      const { bot } = await shareInMeeting(dialect, {})
      await bot.waitFor(5)
      const entries: Entry[] = getNotification(bot, 5).resourceData
      const presenter = entries.find(({ info }) => 'user' in info.identity)
      return presenter?.mediaStreams.map(({ mediaType, direction }) => [mediaType, direction])
    },
    app: [
      ['audio', 'sendReceive'],
      ['videoBasedScreenSharing', 'sendOnly'],
    ],
    communications: [
      ['audio', 'sendReceive'],
      ['video', 'receiveOnly'],
      ['videoBasedScreenSharing', 'sendOnly'],
    ],
  },
  {
    row: 'audio routing group',
    observe: async (dialect) => {
      const { call, created } = await createGroup(dialect, { id: 'a b', routingMode: 'oneToOne' }, 1)
      const { body: read } = await created.bot.request('GET', `${call}/audioRoutingGroups/a%20b`)
      const { '@odata.id': path, '@odata.etag': etag, '@odata.type': type, id, routingMode } = read
      const ids: string[] = [...read.sources, ...read.receivers]
      const isSpelled = ids.every((participantId) => dialect.id.test(participantId))
      return { status: created.reply.status, path: lastId(path), etag, type, id, routingMode, isSpelled }
    },
    app: {
      status: 200,
      path: 'a%20b',
      etag: 'W/"1"',
      type: '#microsoft.graph.audioRoutingGroup',
      id: 'a b',
      routingMode: 'oneToOne',
      isSpelled: true,
    },
    communications: {
      status: 200,
      path: 'a%20b',
      etag: undefined,
      type: '#microsoft.graph.audioRoutingGroup',
      id: 'a b',
      routingMode: 'oneToOne',
      isSpelled: true,
    },
  },
  {
    row: 'oneToOne with several receivers',
    observe: async (dialect) => {
      const replies = ['oneToOne', 'multicast'].map((routingMode) => createGroup(dialect, { routingMode }, 2))
      return (await Promise.all(replies)).map(({ created }) => created.reply.status)
    },
    app: [400, 200],
  },
]

/** Joins a meeting with these call options and a person, who then shares content. */
async function shareInMeeting(dialect: Dialect, callOptions: object) {
  const bot = await newBot()
  const options = { '@odata.type': '#microsoft.graph.outgoingCallOptions', ...callOptions }
  const call = await create(bot, dialect, { ...meetingBody(bot.callbackUri), callOptions: options })
  const [personId = ''] = newPersonIds(1)
  await bot.waitFor(3)
  const identity = { user: { id: personId } }
  await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity })
  await actAsPerson(bot, personId, 'share')
  return { bot, call, personId }
}

/** Joins a meeting, and creates an audio routing group from the bot to as many people. */
async function createGroup(dialect: Dialect, group: object, receiverCount: number) {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  for (const id of newPersonIds(receiverCount)) {
    await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity: { user: { id } } })
  }
  const { myParticipantId } = (await bot.request('GET', call)).body
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  const receivers = value.map(({ id }: { id: string }) => id).filter((id: string) => id !== myParticipantId)
  const body = { ...group, sources: [myParticipantId], receivers }
  const reply = await bot.request('POST', `${call}/audioRoutingGroups`, body)
  return { call, created: { bot, reply } }
}

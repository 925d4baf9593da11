import { randomUUID } from 'node:crypto'
import {
  APP_HOSTED,
  callBody,
  create,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  getNotification,
  joinCall,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import { meetingBody, type TestReply } from '../../../support/testBot.js'
import { type Entry, invite, inviteIntoMeeting, shapeOf } from './observe.js'
import type { Row } from './row.js'

export const rosters: readonly Row[] = [
  {
    row: 'roster',
    observe: async (dialect) => {
      const { bot, call } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const { resource, resourceData } = getNotification(bot, 5)
      const infos = resourceData.map(({ info }: Entry) => ({ ...info, identity: undefined, endpointType: undefined }))
      return { ofTheCall: resource.endsWith(`/calls/${lastId(call)}/participants`), infos }
    },
    app: {
      ofTheCall: true,
      infos: Array(2).fill({
        '@odata.type': '#microsoft.graph.participantInfo',
        region: 'westus',
        languageId: 'en-US',
      }),
    },
  },
  {
    row: 'endpointType in a roster',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishMeeting(bot, dialect)
      await invite(bot, call, { identity: { user: { id: randomUUID() } }, endpointType: 'voicemail' })
      await bot.waitFor(5)
      const entries: Entry[] = getNotification(bot, 5).resourceData
      return entries.map(({ info }) => info.endpointType)
    },
    app: [undefined, undefined],
    communications: ['default', 'voicemail'],
  },
  {
    row: 'order of the roster',
    observe: async (dialect) => {
      const { bot, call } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const listed = (await bot.request('GET', `${call}/participants`)).body.value
      const kinds = (entries: Entry[]) => entries.map(({ info }) => Object.keys(info.identity).at(-1))
      return { notified: kinds(getNotification(bot, 5).resourceData), listed: kinds(listed) }
    },
    app: { notified: ['user', 'application'], listed: ['user', 'application'] },
    communications: { notified: ['application', 'user'], listed: ['application', 'user'] },
  },
  {
    row: 'roster on joining',
    observe: async (dialect) => {
      const inMeeting = await newBot()
      await establishMeeting(inMeeting, dialect)
      const inCall = await newBot()
      await inCall.request('DELETE', await establishCall(inCall, dialect))
      await inCall.waitFor(1 + establishedWithAudio(dialect).length + 2)
      return {
        meeting: inMeeting.flow().at(-1),
        call: inCall.flow().filter((notification) => notification.includes('participants')),
      }
    },
    app: { meeting: 'updated participants 1', call: [] },
  },
  {
    row: 'media streams',
    observe: async (dialect) => {
      const { bot } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const entries: Entry[] = getNotification(bot, 5).resourceData
      const streamsOf = (kind: 'application' | 'user') =>
        entries
          .find(({ info }) => kind in info.identity)
          ?.mediaStreams.filter(({ mediaType }) => mediaType === 'audio')
          .map((one) => [one.sourceId, one.serverMuted])
      return { bot: streamsOf('application'), invited: streamsOf('user') }
    },
    app: { bot: [], invited: [['1', false]] },
  },
  {
    row: 'streams of people',
    observe: async (dialect) => {
      const { bot } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const entries: Entry[] = getNotification(bot, 5).resourceData
      const invited = entries.find(({ info }) => 'user' in info.identity)
      return invited?.mediaStreams.map(({ mediaType, direction }) => [mediaType, direction])
    },
    app: [['audio', 'sendReceive']],
    communications: [
      ['audio', 'sendReceive'],
      ['video', 'receiveOnly'],
      ['videoBasedScreenSharing', 'receiveOnly'],
    ],
  },
  {
    row: 'isDeltaRosterEnabled',
    observe: async (dialect) => {
      const bot = await newBot()
      const callOptions = { isDeltaRosterEnabled: true }
      const meeting = await create(bot, dialect, { ...meetingBody(bot.callbackUri), callOptions })
      await bot.waitFor(3)
      await joinCall(bot, meeting, dialect)
      await bot.request('DELETE', `${meeting}/participants/${await joinCall(bot, meeting, dialect)}`)
      await bot.waitFor(6)
      return [3, 4, 5, 6].map((number) => {
        const data = getNotification(bot, number).resourceData
        const [{ '@odata.type': type, sequenceNumber, participants = [] }] = data
        const removed = participants.filter((entry: object) => 'removedState' in entry)
        return [type.replace('#microsoft.graph.', ''), data.length, sequenceNumber, participants.length, removed.length]
      })
    },
    app: [1, 2, 3, 2].map((length) => ['participant', length, undefined, 0, 0]),
    communications: [0, 0, 0, 1].map((removed, index) => ['deltaParticipants', 1, index + 1, 1, removed]),
  },
  {
    row: 'hideBotAfterEscalation',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await create(bot, dialect, { ...callBody(bot), callOptions: { hideBotAfterEscalation: true } })
      const before = 1 + establishedWithAudio(dialect).length
      await bot.waitFor(before)
      await invite(bot, call, { identity: { user: { id: randomUUID() } } })
      await bot.waitFor(before + 2)
      const { value } = (await bot.request('GET', `${call}/participants`)).body
      return [getNotification(bot, before + 2).resourceData, value].map(
        (roster: Entry[]) => roster.filter(({ info }) => info.identity.application).length,
      )
    },
    app: [1, 1],
    communications: [0, 0],
  },
  {
    row: 'muted participants',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishMeeting(bot, dialect)
      await bot.request('POST', `${call}/mute`)
      await bot.waitFor(4)
      return [3, 4].map((number) => getNotification(bot, number).resourceData[0].isMuted)
    },
    app: [undefined, true],
    communications: [false, true],
  },
  {
    row: 'shared screen of the bot',
    observe: async (dialect) => {
      const bot = await newBot()
      const body = { ...meetingBody(bot.callbackUri), requestedModalities: ['audio'], mediaConfig: APP_HOSTED }
      const call = await create(bot, dialect, body)
      const before = 2 + establishedWithAudio(dialect).length
      await bot.waitFor(before)
      const replies: TestReply[] = []
      for (const role of ['sharer', 'viewer']) {
        replies.push(await bot.request('POST', `${call}/changeScreenSharingRole`, { role }))
      }
      await bot.waitFor(before + 2)
      const streams = [1, 2].map((number) =>
        getNotification(bot, before + number).resourceData[0].mediaStreams.map(
          ({ mediaType, direction }: Entry['mediaStreams'][number]) => `${mediaType} ${direction}`,
        ),
      )
      return { replies: replies.map(shapeOf), streams }
    },
    app: {
      replies: Array(2).fill({ status: 202, location: false, keys: [] }),
      streams: [['audio sendReceive', 'videoBasedScreenSharing sendOnly'], ['audio sendReceive']],
    },
  },
  {
    row: 'metadata of a participant',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishMeeting(bot, dialect)
      const list = async () => (await bot.request('GET', `${call}/participants`)).body.value[0].metadata
      const before = await list()
      await bot.request('POST', `/app/calls/${lastId(call)}/updateMetadata`, { metadata: '' })
      return [getNotification(bot, 3).resourceData[0].metadata, before, await list()]
    },
    app: [undefined, undefined, ''],
    communications: [undefined, null, ''],
  },
  {
    row: 'recordingInfo in a roster',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishMeeting(bot, dialect)
      const statuses = ['recording', 'failed', 'NotRecording']
      for (const status of statuses) await bot.request('POST', `${call}/updateRecordingStatus`, { status })
      await bot.waitFor(6)
      return [3, 4, 5, 6].map((number) => {
        const { recordingInfo } = getNotification(bot, number).resourceData[0]
        if (!recordingInfo) return undefined
        const { '@odata.type': type, initiator, initiatedBy, ...rest } = recordingInfo
        const { application } = initiator ?? initiatedBy.identity
        const by = (initiator ?? initiatedBy)['@odata.type']
        return [type, Object.entries(rest).flat().join(' '), by, application.id === bot.applicationId]
      })
    },
    app: [
      undefined,
      ...['startedRecording', 'notRecording', 'notRecording'].map((status) => [
        '#microsoft.graph.recordingInfo',
        `status ${status}`,
        '#microsoft.graph.participantInfo',
        true,
      ]),
    ],
    communications: [
      undefined,
      ...['recording', 'failed', 'notRecording'].map((status) => [
        '#microsoft.graph.recordingInfo',
        `recordingStatus ${status}`,
        '#microsoft.graph.identitySet',
        true,
      ]),
    ],
  },
]

import { inject } from 'vitest'
import {
  ANSWER,
  callBody,
  establishCall,
  establishedWithAudio,
  getNotification,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import type { TestReply } from '../../../support/testBot.js'
import { inviteIntoMeeting, locationOf, PROMPTS, shapeOf } from './observe.js'
import type { Row } from './row.js'

export const replies: readonly Row[] = [
  {
    row: 'reply to invite',
    observe: async (dialect) => shapeOf((await inviteIntoMeeting(dialect)).reply),
    app: { status: 202, location: true, keys: ['createdDateTime', 'id', 'lastActionDateTime', 'status'] },
    communications: {
      status: 200,
      location: true,
      keys: ['@odata.context', '@odata.id', '@odata.type', 'id', 'participants', 'resultInfo', 'status'],
    },
  },
  {
    row: 'reply to answer',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      const call = `${dialect.calls}/${await placeCall(bot)}`
      const reply = await bot.request('POST', `${call}/answer`, ANSWER)
      await bot.waitFor(2 + establishedWithAudio(dialect).length)
      const isNotified = bot.flow().some((notification) => notification.includes('operations'))
      if (reply.status === 202) return { ...shapeOf(reply), contentType: reply.headers.get('content-type'), isNotified }
      const later = (await bot.request('GET', `${call}/operations/${reply.body.id}`)).body.status
      return { ...shapeOf(reply), replied: reply.body.status, later, isNotified }
    },
    app: {
      status: 200,
      location: false,
      keys: ['createdDateTime', 'id', 'lastActionDateTime', 'status'],
      replied: 'running',
      later: 'completed',
      isNotified: false,
    },
    communications: { status: 202, location: false, keys: [], contentType: null, isNotified: false },
  },
  {
    row: 'status of an operation',
    observe: async (dialect) => {
      const { bot, reply } = await inviteIntoMeeting(dialect)
      return [reply.body.status, getNotification(bot, 4).resourceData.status]
    },
    app: ['running', 'completed'],
  },
  {
    row: 'reply to create',
    observe: async (dialect) => {
      const bot = await newBot()
      const { status, headers, body } = await bot.request('POST', dialect.calls, callBody(bot))
      const isAbsolute = headers.get('location') === `${inject('baseUrl')}${dialect.calls}/${body.id}`
      return { status, isAbsolute, type: body['@odata.type'], state: body.state }
    },
    app: { status: 201, isAbsolute: true, type: '#microsoft.graph.call', state: 'establishing' },
  },
  {
    row: 'reply to redirect and transfer',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      const target = { identity: { user: { id: 'heidi' } } }
      const incoming = `${dialect.calls}/${await placeCall(bot)}`
      const redirected = await bot.request('POST', `${incoming}/redirect`, { targets: [target] })
      const caller = await newBot()
      const established = await establishCall(caller, dialect)
      const transferred = await caller.request('POST', `${established}/transfer`, { transferTarget: target })
      return [redirected, transferred].map(({ status, text }) => [status, text])
    },
    app: [
      [202, ''],
      [202, ''],
    ],
  },
  {
    row: 'reply to other actions',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const actions = ['mute', 'unmute', 'subscribeToTone', 'playPrompt', 'cancelMediaProcessing']
      const replies = await Promise.all(actions.map((action) => bot.request('POST', `${call}/${action}`, PROMPTS)))
      return replies.map((reply) => ({
        status: reply.status,
        type: reply.body['@odata.type'].replace('#microsoft.graph.', ''),
        isLocation: locationOf(reply) === reply.body.id,
        hasTimes: 'createdDateTime' in reply.body && 'lastActionDateTime' in reply.body,
      }))
    },
    app: ['comms', 'comms', 'subscribeToTone', 'playPrompt', 'cancelMediaProcessing'].map((type) => ({
      status: 200,
      type: `${type}Operation`,
      isLocation: true,
      hasTimes: true,
    })),
    communications: [
      'muteParticipant',
      'unmuteParticipant',
      'subscribeToTone',
      'playPrompt',
      'cancelMediaProcessing',
    ].map((type) => ({ status: 200, type: `${type}Operation`, isLocation: true, hasTimes: false })),
  },
  {
    row: 'context of a reply',
    observe: async (dialect) => {
      const { bot, call, reply } = await inviteIntoMeeting(dialect)
      const paths = [call, `${call}/participants`, locationPathOf(reply)]
      const replies = [reply, ...(await Promise.all(paths.map((path) => bot.request('GET', path))))]
      const inNotification = getNotification(bot, 4).resourceData['@odata.context']
      const contexts = replies.map(({ body }) => body['@odata.context']?.replace(/^.*(?=\/\$metadata)/, ''))
      return [...contexts, inNotification].map((context) => context?.replace(lastId(call), 'id'))
    },
    app: [undefined, undefined, undefined, undefined, undefined],
    communications: [
      '/$metadata#inviteParticipantsOperation',
      '/$metadata#communications/calls/$entity',
      "/$metadata#communications/calls('id')/participants",
      "/$metadata#communications/calls('id')/operations/$entity",
      undefined,
    ],
  },
  {
    row: 'selected properties',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const { body } = await bot.request('GET', `${call}?$select=state,subject`)
      return [Object.keys(body).toSorted(), body['@odata.context']?.replace(/^.*(?=\/\$metadata)/, ''), body.subject]
    },
    app: [['@odata.etag', '@odata.id', '@odata.type', 'id', 'state'], undefined, undefined],
    communications: [
      ['@odata.context', '@odata.id', '@odata.type', 'id', 'state', 'subject'],
      '/$metadata#communications/calls(state,subject)/$entity',
      null,
    ],
  },
  {
    row: 'unset properties',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const { body } = await bot.request('GET', call)
      const prompt = await bot.request('POST', `${call}/playPrompt`, {
        prompts: [{ mediaInfo: { uri: 'https://a.b' } }],
      })
      const unset = ['chatInfo', 'meetingInfo', 'subject', 'resultInfo', 'toneInfo', 'meetingCapability', 'callRoutes']
      return [
        ...unset.map((name) => body[name]),
        body.source.region,
        body.targets[0].replacesCallId,
        prompt.body.resultInfo,
      ]
    },
    app: Array(10).fill(undefined),
    communications: [null, null, null, null, null, null, [], null, null, null],
  },
  {
    row: 'ids and clientContext of an operation',
    observe: async (dialect) => {
      const contexts = [undefined, '  Any "text", even ✓ ']
      return Promise.all(
        contexts.map(async (clientContext) => {
          const { bot, reply } = await inviteIntoMeeting(dialect, { clientContext })
          const { resource, resourceData } = getNotification(bot, 4)
          const isSame = new Set([reply.body.id, resourceData.id, lastId(resource), locationOf(reply)]).size === 1
          return { isSame, contexts: [reply.body.clientContext, resourceData.clientContext] }
        }),
      )
    },
    app: [
      { isSame: true, contexts: [undefined, undefined] },
      { isSame: true, contexts: ['  Any "text", even ✓ ', '  Any "text", even ✓ '] },
    ],
  },
  {
    row: 'end of an invitation',
    observe: async (dialect) => {
      const { bot } = await inviteIntoMeeting(dialect, { clientContext: 'context' })
      const { '@odata.type': type, resultInfo, ...rest } = getNotification(bot, 4).resourceData
      const keys = ['id', 'participants', 'clientContext'].filter((key) => key in rest)
      return { type, keys, code: resultInfo.code, subcode: resultInfo.subcode }
    },
    app: {
      type: '#microsoft.graph.inviteParticipantsOperation',
      keys: ['id', 'participants', 'clientContext'],
      code: 200,
      subcode: 0,
    },
  },
]

const locationPathOf = ({ headers }: TestReply) => new URL(headers.get('location') ?? '').pathname

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { CallbackUrlPolicy, resolveHost } from '../../../shared/delivery/callbackUrlPolicy.js'
import { readSettings } from '../../../shared/service/config.js'
import {
  ANSWER,
  APP_HOSTED,
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  GUID,
  getNotification,
  joinCall,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
  UPPER_HEX,
} from '../../support/scenarios.js'
import { startService } from '../../support/serviceProcess.js'
import { meetingBody, type TestBot, type TestReply } from '../../support/testBot.js'

// The rows of docs/dialects.md: what a test observes on the wire, and what it must be in each dialect.

interface Row {
  readonly row: string
  readonly observe: (dialect: Dialect) => Promise<unknown>
  readonly app: unknown
  /** Absent if both dialects are the same. */
  readonly communications?: unknown
}

/** The properties of a roster entry that the rows compare. */
interface Entry {
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

const rows: Row[] = [
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
    row: 'hanging up',
    observe: async (dialect) => {
      const bot = await newBot()
      await bot.request('DELETE', await establishMeeting(bot, dialect))
      await bot.waitFor(5)
      return bot.flow().slice(3)
    },
    app: ['updated call terminated', 'deleted call'],
    communications: ['updated call terminating', 'deleted call terminated'],
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
    row: 'type of the envelope',
    observe: async (dialect) => {
      const bot = await newBot()
      await establishMeeting(bot, dialect)
      const body = bot.received[0]?.body
      return [body['@odata.type'], body.value[0]['@odata.type']]
    },
    app: [undefined, undefined],
    communications: ['#microsoft.graph.commsNotifications', '#microsoft.graph.commsNotification'],
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
    row: 'etags',
    observe: async (dialect) => {
      const { bot } = await inviteIntoMeeting(dialect)
      await bot.waitFor(5)
      const [first, second] = [1, 2].map((number) => getNotification(bot, number).resourceData['@odata.etag'])
      return { first, second, operation: getNotification(bot, 4).resourceData['@odata.etag'] }
    },
    app: { first: 'W/"1"', second: 'W/"2"', operation: 'W/"2"' },
    communications: { first: undefined, second: undefined, operation: undefined },
  },
  {
    row: 'requestedModalities of an established call',
    observe: async (dialect) => {
      const [withAudio, withoutMedia] = [await newBot(), await newBot()]
      await establishCall(withAudio, dialect)
      await establishMeeting(withoutMedia, dialect)
      return [withAudio, withoutMedia].map((bot) => getNotification(bot, 2).resourceData.requestedModalities)
    },
    app: [[], undefined],
    communications: [undefined, undefined],
  },
  {
    row: 'audio',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      await bot.request('DELETE', call)
      await bot.waitFor(establishedWithAudio(dialect).length + 3)
      const states = bot.received.map(({ body }) => body.value[0].resourceData.mediaState)
      return states.filter(Boolean).map(({ audio }) => audio)
    },
    app: [],
    communications: ['active'],
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
    row: 'callbackUri of a notification',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      await establishCall(bot, dialect)
      await placeCall(bot)
      await bot.waitFor(2 + establishedWithAudio(dialect).length)
      const notifications = bot.received.map(({ body }) => body.value[0])
      const states = ['establishing', 'incoming']
      return states.map((state) => {
        const notification = notifications.find(({ resourceData }) => resourceData.state === state)
        return notification?.callbackUri === bot.callbackUri
      })
    },
    app: [false, false],
    communications: [true, false],
  },
  {
    row: 'callOptions',
    observe: async (dialect) => {
      const bot = await newBot()
      const options = { '@odata.type': '#microsoft.graph.outgoingCallOptions', isDeltaRosterEnabled: true }
      const calls = [options, { isDeltaRosterEnabled: 'yes' }].map((callOptions) =>
        bot.request('POST', dialect.calls, { ...callBody(bot), callOptions }),
      )
      return (await Promise.all(calls)).map(({ status, body }) => [status, body.callOptions])
    },
    app: [
      [201, undefined],
      [400, undefined],
    ],
    communications: [
      [201, { '@odata.type': '#microsoft.graph.outgoingCallOptions', isDeltaRosterEnabled: true }],
      [400, undefined],
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
    row: 'transcription',
    observe: async (dialect) => {
      const [bot, other] = [await newBot(), await newBot()]
      const replies = [
        await bot.request('GET', await establishCall(bot, dialect)),
        await other.request('GET', await establishMeeting(other, dialect)),
      ]
      return replies.map(({ body }) => body?.transcription?.state ?? body?.transcription)
    },
    app: [undefined, undefined],
    communications: [null, 'inactive'],
  },
  {
    row: 'targetDisposition',
    observe: async (dialect) => {
      const bot = await newBot()
      const calls = ['simultaneousRing', 'Default', 'sideways'].map((targetDisposition) =>
        bot.request('POST', dialect.calls, { ...callBody(bot), targetDisposition }),
      )
      return (await Promise.all(calls)).map(({ status, body }) => [status, body.targetDisposition])
    },
    app: [
      [201, undefined],
      [201, undefined],
      [400, undefined],
    ],
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
  {
    row: 'inviting into a peer-to-peer call',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const before = bot.received.length
      const [one, ...several] = newPersonIds(3).map((id) => ({ identity: { user: { id } } }))
      const refused = await bot.request('POST', `${call}/participants/invite`, { participants: several })
      const accepted = await bot.request('POST', `${call}/participants/invite`, { participants: [one] })
      await bot.waitFor(before + 2)
      return { refused: refused.status, isAccepted: accepted.status < 300, flow: bot.flow().slice(before) }
    },
    app: {
      refused: 400,
      isAccepted: true,
      flow: ['deleted operations completed', 'updated participants 3'],
    },
  },
  {
    row: 'replaced call',
    observe: async (dialect) => {
      const { bot, personId, oldCall, meeting } = await establishCallAndMeeting(dialect)
      const before = bot.received.length
      await invite(bot, meeting, { identity: { user: { id: personId } }, replacesCallId: oldCall })
      await bot.waitFor(before + (dialect.dialect === 'app' ? 4 : 3))
      const { terminationReason, resultInfo } = getNotification(bot, before + 3).resourceData
      return { flow: bot.flow().slice(before + 2), terminationReason, code: resultInfo?.code }
    },
    app: { flow: ['updated call terminated', 'deleted call'], terminationReason: 'AppInitiated', code: undefined },
    communications: { flow: ['deleted call terminated'], terminationReason: undefined, code: 200 },
  },
  {
    row: 'redirected call',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      const call = `${dialect.calls}/${await placeCall(bot)}`
      await bot.request('POST', `${call}/redirect`, { targets: [{ identity: { user: { id: 'heidi' } } }] })
      await bot.waitFor(dialect.dialect === 'app' ? 4 : 2)
      const { answeredBy, terminationReason, resultInfo } = getNotification(
        bot,
        dialect.dialect === 'app' ? 3 : 2,
      ).resourceData
      return { flow: bot.flow().slice(1), who: answeredBy.identity.user.id, terminationReason, code: resultInfo?.code }
    },
    app: {
      flow: ['updated call redirecting', 'updated call terminated', 'deleted call'],
      who: 'heidi',
      terminationReason: 'AppRedirected',
      code: undefined,
    },
    communications: { flow: ['deleted call terminated'], who: 'heidi', terminationReason: undefined, code: 200 },
  },
  {
    row: 'transferred call',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const before = bot.received.length
      await bot.request('POST', `${call}/transfer`, { transferTarget: { identity: { user: { id: 'heidi' } } } })
      await bot.waitFor(before + (dialect.dialect === 'app' ? 4 : 3))
      const changes = bot.received.slice(before).map((_, index) => getNotification(bot, before + index + 1))
      const results = changes.map(({ resourceData }) => resourceData.resultInfo)
      return {
        flow: bot.flow().slice(before),
        results: results.map((result) => result && [result.code, result.subCode ?? result.subcode]),
        reason: changes.map(({ resourceData }) => resourceData.terminationReason).filter(Boolean),
      }
    },
    app: {
      flow: ['updated operations running', 'deleted operations completed', 'updated call terminated', 'deleted call'],
      results: [['200', 'transferring'], ['200', 'transferAccepted'], undefined, undefined],
      reason: ['AppTransferred'],
    },
    communications: {
      flow: ['updated call transferring', 'updated call transferAccepted', 'deleted call terminated'],
      results: [undefined, undefined, [200, 7015]],
      reason: [],
    },
  },
  {
    row: 'failed transfer',
    observe: async (dialect) => {
      const service = await startService({ SIMULATOR_DEFAULT: 'wait' })
      onTestFinished(() => service.stop())
      const bot = await newBot({ baseUrl: service.baseUrl })
      const [ann = '', target = ''] = newPersonIds(2)
      const call = await create(bot, dialect, callBody(bot, ann))
      await actAsPerson(bot, ann, 'answer')
      await bot.waitFor(1 + establishedWithAudio(dialect).length)
      const before = bot.received.length
      await bot.request('POST', `${call}/transfer`, { transferTarget: { identity: { user: { id: target } } } })
      await actAsPerson(bot, target, 'decline')
      await bot.waitFor(before + 2)
      const { resultInfo, replacesContext } = getNotification(bot, before + 2).resourceData
      return { flow: bot.flow().slice(before), code: resultInfo.code, subcode: resultInfo.subcode, replacesContext }
    },
    app: {
      flow: ['updated operations running', 'deleted operations failed'],
      code: 500,
      subcode: 7000,
      replacesContext: undefined,
    },
    communications: {
      flow: ['updated call transferring', 'updated call established'],
      code: 500,
      subcode: 7000,
      replacesContext: undefined,
    },
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
    row: 'rejected call',
    observe: async (dialect) => {
      const bot = await newBot({ registered: dialect.dialect })
      await bot.request('POST', `${dialect.calls}/${await placeCall(bot)}/reject`, { reason: 'busy' })
      await bot.waitFor(dialect.dialect === 'app' ? 3 : 2)
      const { terminationReason, resultInfo } = getNotification(bot, 2).resourceData
      return { flow: bot.flow().slice(1), terminationReason, code: resultInfo?.code }
    },
    app: { flow: ['updated call terminated', 'deleted call'], terminationReason: 'CallTerminated', code: undefined },
    communications: { flow: ['deleted call terminated'], terminationReason: undefined, code: 486 },
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
    row: 'hold music',
    observe: async (dialect) => {
      const bot = await newBot()
      const meeting = await establishMeeting(bot, dialect)
      const participant = `${meeting}/participants/${await joinCall(bot, meeting, dialect)}`
      const replies: TestReply[] = []
      for (const action of ['startHoldMusic', 'stopHoldMusic']) {
        replies.push(await bot.request('POST', `${participant}/${action}`))
        await bot.waitFor(5)
      }
      await bot.request('DELETE', meeting)
      await bot.waitFor(7)
      return [...replies.map(observeOperation), ...bot.flow().slice(4, 6)]
    },
    app: [
      [200, 'startHoldMusicOperation', 'running', true, true],
      [200, 'stopHoldMusicOperation', 'completed', true, true],
      'deleted operations completed',
      'updated call terminated',
    ],
    communications: [
      [202, 'startHoldMusicOperation', 'running', true, false],
      [202, 'stopHoldMusicOperation', 'completed', true, false],
      'deleted operations completed',
      'updated call terminating',
    ],
  },
  {
    row: 'muting several participants',
    observe: async (dialect) => {
      const bot = await newBot()
      const meeting = await establishMeeting(bot, dialect)
      await joinCall(bot, meeting, dialect)
      await joinCall(bot, meeting, dialect)
      const replies: TestReply[] = []
      for (const action of ['muteAll', 'mute']) {
        replies.push(await bot.request('POST', `${meeting}/participants/${action}`, { participants: [''] }))
      }
      await bot.request('DELETE', meeting)
      await bot.waitFor(8)
      return [replies.map((reply) => observeOperation(reply).slice(0, 4)), bot.flow().slice(5, -2)]
    },
    app: [Array(2).fill([200, 'commsOperation', 'completed', true]), ['updated participants 3']],
  },
  {
    row: 'configuring the mixer',
    observe: async (dialect) => {
      const bot = await newBot()
      const meeting = await establishMeeting(bot, dialect)
      const participantMixerLevels = [{ participant: await joinCall(bot, meeting, dialect) }]
      const reply = await bot.request('POST', `${meeting}/participants/configureMixer`, { participantMixerLevels })
      await bot.waitFor(5)
      return [...observeOperation(reply).slice(0, 4), bot.flow()[4]]
    },
    app: [200, 'commsOperation', 'running', true, 'deleted operations completed'],
  },
  {
    row: 'canceling an invitation',
    observe: async (dialect) => {
      const service = await startService({ SIMULATOR_DEFAULT: 'wait' })
      onTestFinished(() => service.stop())
      const bot = await newBot({ baseUrl: service.baseUrl })
      const meeting = await establishMeeting(bot, dialect)
      const participantId = randomUUID()
      await invite(bot, meeting, { identity: { user: { id: randomUUID() } }, participantId })
      const { status } = await bot.request('DELETE', `${meeting}/participants/${participantId}`)
      await bot.waitFor(4)
      const { resultInfo } = getNotification(bot, 4).resourceData
      return [status, bot.flow()[3], resultInfo.code, resultInfo.subcode]
    },
    app: [204, 'deleted operations failed', 487, 0],
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
    row: 'end of a prompt',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const before = 1 + establishedWithAudio(dialect).length
      await bot.request('POST', `${call}/playPrompt`, PROMPTS)
      await bot.waitFor(before + 1)
      const prompts = PROMPTS.prompts.map((prompt) => ({ ...prompt, loop: 0 }))
      await bot.request('POST', `${call}/playPrompt`, { ...PROMPTS, prompts })
      await bot.request('POST', `${call}/cancelMediaProcessing`)
      await bot.waitFor(before + 2)
      return [1, 2].map((number) => {
        const { status, resultInfo, prompts, clientContext } = getNotification(bot, before + number).resourceData
        return [status, resultInfo.code, resultInfo.subcode, prompts[0].mediaInfo.uri, clientContext]
      })
    },
    app: [
      ['completed', 200, 0, 'https://bot.example/beep.wav', 'mine'],
      ['failed', 400, 8508, 'https://bot.example/beep.wav', 'mine'],
    ],
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
    row: 'updateMetadata',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = lastId(await establishMeeting(bot, dialect))
      const update = (calls: string) =>
        bot.request('POST', `${calls}/${call}/updateMetadata`, { metadata: 'mine', clientContext: 'c' })
      const elsewhere = await update(COMMUNICATIONS.calls)
      const reply = await update('/beta/app/calls')
      await bot.waitFor(4)
      return {
        ...shapeOf(reply),
        type: reply.body['@odata.type'],
        operation: reply.body.status,
        flow: bot.flow().slice(3),
        metadata: getNotification(bot, 4).resourceData[0].metadata,
        elsewhere: elsewhere.status,
      }
    },
    app: {
      status: 202,
      location: true,
      keys: [
        '@odata.etag',
        '@odata.id',
        '@odata.type',
        'clientContext',
        'createdDateTime',
        'id',
        'lastActionDateTime',
        'resultInfo',
        'status',
      ],
      type: '#microsoft.graph.commsOperation',
      operation: 'completed',
      flow: ['updated participants 1'],
      metadata: 'mine',
      elsewhere: 404,
    },
    communications: {
      status: 202,
      location: true,
      keys: ['@odata.context', '@odata.id', '@odata.type', 'clientContext', 'id', 'resultInfo', 'status'],
      type: '#microsoft.graph.commsOperation',
      operation: 'completed',
      flow: ['updated participants 1'],
      metadata: 'mine',
      elsewhere: 404,
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
  {
    row: 'permission to report a recording',
    observe: (dialect) =>
      Promise.all(
        ['Calls.JoinGroupCalls.All', 'Calls.AccessMedia.All', 'Calls.Initiate.All'].map(async (role) => {
          const bot = await newBot({ roles: role })
          const call = `${dialect.calls}/${randomUUID()}`
          return (await bot.request('POST', `${call}/updateRecordingStatus`, { status: 'failed' })).status
        }),
      ),
    app: [404, 404, 403],
  },
  {
    row: 'end of sent tones',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const before = 1 + establishedWithAudio(dialect).length
      await bot.request('POST', `${call}/sendDtmfTones`, { tones: ['1'] })
      await bot.waitFor(before + 1)
      await bot.request('POST', `${call}/sendDtmfTones`, { tones: ['1', '2'], delayBetweenTonesMs: 10_000 })
      await bot.request('POST', `${call}/cancelMediaProcessing`)
      await bot.waitFor(before + 2)
      return [1, 2].map((number) => {
        const {
          '@odata.type': type,
          status,
          completionReason,
          resultInfo,
        } = getNotification(bot, before + number).resourceData
        return [type, status, completionReason, resultInfo.code, resultInfo.subcode]
      })
    },
    app: [
      ['#microsoft.graph.sendDtmfTonesOperation', 'completed', 'completedSuccessfully', 200, 0],
      ['#microsoft.graph.sendDtmfTonesOperation', 'failed', 'mediaOperationCanceled', 400, 8508],
    ],
  },
  {
    row: 'end of a recording',
    observe: async (dialect) => {
      const { resourceData } = await record(dialect, { stopTones: ['#'] }, 'pound')
      const { recordingLocation: location, recordingAccessToken: token } = resourceData
      const { recordResourceLocation, recordResourceAccessToken } = resourceData
      return {
        type: resourceData['@odata.type'],
        reason: resourceData.completionReason,
        isReadable: (await fetch(location, { headers: { authorization: `Bearer ${token}` } })).status === 200,
        hasOlderNames: recordResourceLocation === location && recordResourceAccessToken === token,
      }
    },
    app: {
      type: '#microsoft.graph.recordOperation',
      reason: 'stopToneDetected',
      isReadable: true,
      hasOlderNames: true,
    },
    communications: {
      type: '#microsoft.graph.recordOperation',
      reason: 'stopToneDetected',
      isReadable: true,
      hasOlderNames: false,
    },
  },
  {
    row: 'recordings that are completed',
    observe: async (dialect) =>
      [
        await record(dialect, { stopTones: ['#'] }, 'pound'),
        await record(dialect, { maxRecordDurationInSeconds: 1 }, 'say'),
        await record(dialect, { maxSilenceTimeoutInSeconds: 1 }, 'say'),
      ].map(endOfRecording),
    app: [
      ['completed', 200, 8514],
      ['completed', 200, 8515],
      ['completed', 200, 8509],
    ],
  },
  {
    row: 'recordings that fail',
    observe: async (dialect) =>
      [
        await record(dialect, { initialSilenceTimeoutInSeconds: 1 }),
        await record(dialect, {}, 'cancelMediaProcessing'),
        await record(dialect, {}, 'hangUp'),
      ].map((ended) => [...endOfRecording(ended), 'recordingLocation' in ended.resourceData]),
    app: [
      ['failed', 400, 8510, false],
      ['failed', 400, 8508, false],
      ['failed', 200, 7000, false],
    ],
  },
  {
    row: 'prompts of a recording',
    observe: async (dialect) => {
      const prompts = [PROMPTS.prompts, [...PROMPTS.prompts, ...PROMPTS.prompts]]
      const bodies = [{}, { prompts: [] }, ...prompts.map((list) => ({ prompts: list }))]
      return observeRecordRequests(dialect, bodies)
    },
    app: [200, 200, 200, '8523'],
  },
  {
    row: 'limits of a recording',
    observe: async (dialect) => {
      const limits = ['maxSilenceTimeoutInSeconds', 'initialSilenceTimeoutInSeconds', 'maxRecordDurationInSeconds']
      const bodies = limits.flatMap((name) => [0, 1, 120, 121, 1_800, 1_801].map((seconds) => ({ [name]: seconds })))
      return observeRecordRequests(dialect, bodies)
    },
    app: [
      ...['invalidRequest', 200, 200, 'invalidRequest', 'invalidRequest', 'invalidRequest'],
      ...['invalidRequest', 200, 200, 'invalidRequest', 'invalidRequest', 'invalidRequest'],
      ...['invalidRequest', 200, 200, 200, 200, 'invalidRequest'],
    ],
  },
  {
    row: 'stop tones',
    observe: async (dialect) => {
      const bodies = ['0', '9', '#', '*', 'a', 'D', '11', 'E', '', '111'].map((key) => ({ stopTones: [key] }))
      const twice = await record(dialect, { stopTones: ['11'], initialSilenceTimeoutInSeconds: 1 }, 'tone1')
      return [...(await observeRecordRequests(dialect, bodies)), twice.resourceData.completionReason]
    },
    app: [...Array(7).fill(200), ...Array(3).fill('invalidRequest'), 'initialSilenceTimeout'],
  },
  {
    row: 'names of the recording action',
    observe: async (dialect) => {
      const bot = await newBot()
      const call = await establishCall(bot, dialect)
      const names = ['record', 'recordResponse', 'microsoft.graph.record', 'microsoft.graph.recordResponse']
      return Promise.all(names.map(async (name) => (await bot.request('POST', `${call}/${name}`, {})).status))
    },
    app: [200, 200, 200, 200],
  },
  {
    row: 'tones',
    observe: async (dialect) => {
      const bot = await newBot()
      const [personId = ''] = newPersonIds(1)
      const call = await establishCall(bot, dialect, personId)
      const press = (tone: string) => bot.request('POST', `/simulator/people/${personId}/press`, { tone })
      await press('star')
      await bot.request('POST', `${call}/subscribeToTone`)
      await press('tone1')
      await press('pound')
      const before = 1 + establishedWithAudio(dialect).length
      await bot.waitFor(before + 2)
      const updates = bot.received.slice(before).map(({ body }) => body.value[0])
      return updates.map(({ changeType, resourceData: { state, toneInfo } }) => [
        changeType,
        state,
        toneInfo.sequenceId,
        toneInfo.tone,
      ])
    },
    app: [
      ['updated', 'established', 1, 'tone1'],
      ['updated', 'established', 2, 'pound'],
    ],
  },
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
  {
    row: 'callbacks',
    observe: async (dialect) => {
      const bot = await newBot()
      const urls = ['https://bot.example/calls', bot.callbackUri, 'http://bot.example/calls', 'ftp://bot.example']
      const calls = urls.map((callbackUri) => bot.request('POST', dialect.calls, { ...callBody(bot), callbackUri }))
      const settings = readSettings({ RINGBACK_LOCAL: 'false' })
      const policy = new CallbackUrlPolicy(settings, resolveHost)
      const elsewhere = urls.map((url) => policy.findProblem(url) === undefined)
      return { locally: (await Promise.all(calls)).map(({ status }) => status), elsewhere }
    },
    app: { locally: [201, 201, 400, 400], elsewhere: [true, false, false, false] },
  },
]

const rowsByDialect = rows.flatMap((row) =>
  dialects.map((dialect): [string, string, Row, Dialect] => [row.row, dialect.dialect, row, dialect]),
)

test.each(rowsByDialect)('the row "%s" of docs/dialects.md holds in the dialect %s', async (...[, , row, dialect]) => {
  const isDifferent = 'communications' in row && dialect === COMMUNICATIONS
  expect(await row.observe(dialect)).toEqual(isDifferent ? row.communications : row.app)
})

test('every row of docs/dialects.md has a test and says "the same" exactly where both dialects are', () => {
  const [page = ''] = readFileSync('docs/dialects.md', 'utf8').split('## Documented messages that differ')
  const table = page.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)
  const [, , ...documented] = [...table].map(([, row, , communications]) => [row, communications === 'the same'])
  expect(rows.map((row) => [row.row, !('communications' in row)])).toEqual(documented)
})

/** The status, the type and the status of an operation, whether Location names it, and whether it has times. */
const observeOperation = (reply: TestReply) => [
  reply.status,
  reply.body['@odata.type'].replace('#microsoft.graph.', ''),
  reply.body.status,
  locationOf(reply) === reply.body.id,
  'createdDateTime' in reply.body && 'lastActionDateTime' in reply.body,
]

/** Joins a meeting, invites a participant and waits for the end of the invitation. */
async function inviteIntoMeeting(dialect: Dialect, rest: object = {}) {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const participants = [{ identity: { user: { id: randomUUID() } } }]
  const reply = await bot.request('POST', `${call}/participants/invite`, { participants, ...rest })
  await bot.waitFor(4)
  return { bot, call, reply }
}

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

/** A call with a person, and a meeting into which the bot can move that person. */
async function establishCallAndMeeting(dialect: Dialect) {
  const bot = await newBot()
  const [personId = ''] = newPersonIds(1)
  const oldCall = lastId(await establishCall(bot, dialect, personId))
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const meeting = await create(bot, dialect, { callbackUri: bot.callbackUri, meetingInfo })
  await bot.waitFor(4 + establishedWithAudio(dialect).length)
  return { bot, personId, oldCall, meeting }
}

/** Records in a new call, in which a person or the bot does something, and returns the notification of its end. */
async function record(dialect: Dialect, body: object, act?: string) {
  const [bot, personId] = [await newBot(), randomUUID()]
  const call = await establishCall(bot, dialect, personId)
  await bot.request('POST', `${call}/recordResponse`, body)
  const isTone = act === 'pound' || act === 'tone1'
  if (isTone) await bot.request('POST', `/simulator/people/${personId}/press`, { tone: act })
  else if (act === 'say') await bot.request('POST', `/simulator/people/${personId}/say`, { seconds: 0.5 })
  else if (act === 'hangUp') await bot.request('DELETE', call)
  else if (act) await bot.request('POST', `${call}/${act}`)
  const number = 2 + establishedWithAudio(dialect).length
  await bot.waitFor(number)
  return getNotification(bot, number)
}

const endOfRecording = ({ resourceData: { status, resultInfo } }: Awaited<ReturnType<typeof record>>) => [
  status,
  resultInfo.code,
  resultInfo.subcode,
]

/** Sends requests to record in one call, and returns the status of each, or the code of its error. */
async function observeRecordRequests(dialect: Dialect, bodies: readonly object[]): Promise<(number | string)[]> {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const results: (number | string)[] = []
  for (const body of bodies) {
    const reply = await bot.request('POST', `${call}/recordResponse`, { bargeInAllowed: true, ...body })
    results.push(reply.status === 200 ? reply.status : reply.body.error.code)
  }
  return results
}

/** A body for every action: an action ignores the properties that it does not use. */
const PROMPTS = { prompts: [{ mediaInfo: { uri: 'https://bot.example/beep.wav' } }], clientContext: 'mine' }

const invite = (bot: TestBot, call: string, participant: object) =>
  bot.request('POST', `${call}/participants/invite`, { participants: [participant] })

const shapeOf = ({ status, headers, body }: TestReply) => ({
  status,
  location: headers.has('location'),
  keys: Object.keys(body ?? {}).toSorted(),
})
const locationPathOf = ({ headers }: TestReply) => new URL(headers.get('location') ?? '').pathname
const locationOf = ({ headers }: TestReply) => lastId(headers.get('location') ?? '')

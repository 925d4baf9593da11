import { randomUUID } from 'node:crypto'
import {
  COMMUNICATIONS,
  establishCall,
  establishMeeting,
  getNotification,
  joinCall,
  lastId,
  newBot,
  newPersonIds,
} from '../../../support/scenarios.js'
import type { TestReply } from '../../../support/testBot.js'
import { invite, locationOf, shapeOf } from './observe.js'
import { newBotWhosePeopleWait, type Row } from './row.js'

export const participants: readonly Row[] = [
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
      const bot = await newBotWhosePeopleWait()
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
]

/** The status, the type and the status of an operation, whether Location names it, and whether it has times. */
const observeOperation = (reply: TestReply) => [
  reply.status,
  reply.body['@odata.type'].replace('#microsoft.graph.', ''),
  reply.body.status,
  locationOf(reply) === reply.body.id,
  'createdDateTime' in reply.body && 'lastActionDateTime' in reply.body,
]

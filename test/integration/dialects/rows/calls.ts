import { CallbackUrlPolicy, resolveHost } from '../../../../shared/delivery/callbackUrlPolicy.js'
import { readSettings } from '../../../../shared/service/config.js'
import {
  callBody,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  getNotification,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { inviteIntoMeeting } from './observe.js'
import type { Row } from './row.js'

export const calls: readonly Row[] = [
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

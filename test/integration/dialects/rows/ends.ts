import {
  actAsPerson,
  callBody,
  create,
  establishCall,
  establishedWithAudio,
  getNotification,
  newBot,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import { establishCallAndMeeting, invite } from './observe.js'
import { newBotWhosePeopleWait, type Row } from './row.js'

export const ends: readonly Row[] = [
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
      const bot = await newBotWhosePeopleWait()
      const [ann = '', target = ''] = newPersonIds(2)
      const call = await create(bot, dialect, callBody(bot, ann))
      await actAsPerson(bot, ann, 'answer')
      await bot.waitFor(1 + establishedWithAudio(dialect).length)
      const before = bot.received.length
      await bot.request('POST', `${call}/transfer`, { transferTarget: { identity: { user: { id: target } } } })
      await actAsPerson(bot, target, 'decline')
      await bot.waitFor(before + 2)
      const { resultInfo, replacesContext } = getNotification(bot, before + 2).resourceData
      const { code, subcode = resultInfo.subCode } = resultInfo
      return { flow: bot.flow().slice(before), code, subcode, replacesContext }
    },
    app: {
      flow: ['updated operations running', 'deleted operations failed'],
      code: '500',
      subcode: '7000',
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
]

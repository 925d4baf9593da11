import { randomUUID } from 'node:crypto'
import {
  type Dialect,
  establishCall,
  establishedWithAudio,
  getNotification,
  newBot,
  newPersonIds,
} from '../../../support/scenarios.js'
import { PROMPTS } from './observe.js'
import type { Row } from './row.js'

export const media: readonly Row[] = [
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
]

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

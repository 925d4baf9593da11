import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishedWithAudio,
  expectBodyRefused,
  expectServiceHostedMediaNeeded,
  getNotification,
  lastId,
  newBot,
} from '../../../support/scenarios.js'

const BEEP = { uri: 'https://cdn.contoso.com/beep.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088E' }
const beep = (rest: object = {}) => ({
  prompts: [{ '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: BEEP }],
  ...rest,
})
const type = (name: string) => ({ '@odata.type': `#microsoft.graph.${name}` })
const PROMPTS = [{ ...type('mediaPrompt'), mediaInfo: { ...type('mediaInfo'), ...BEEP } }]
/** Plays until something ends it, however slow the machine is. */
const ENDLESS_PROMPT = { prompts: [{ mediaInfo: { url: BEEP.uri }, loop: 0 }] }

test.each(dialects)('$dialect: prompts play in the order of their requests', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  const first = await bot.request('POST', `${call}/playPrompt`, beep({ clientContext: 'no GUID' }))
  const second = await bot.request('POST', `${call}/microsoft.graph.playPrompt`, beep({ loop: false }))

  const running = { ...type('playPromptOperation'), id: expect.stringMatching(dialect.id), status: 'running' }
  expect(first).toMatchObject({ status: 200, body: { ...running, clientContext: 'no GUID' } })
  expect(second).toMatchObject({ status: 200, body: running })
  expect(lastId(first.headers.get('location') ?? '')).toBe(first.body.id)

  await bot.waitFor(before + 2)
  expect(bot.flow().slice(before)).toEqual(['deleted operations completed', 'deleted operations completed'])
  const completed = { ...type('playPromptOperation'), status: 'completed', resultInfo: { code: 200, subcode: 0 } }
  expect(getNotification(bot, before + 1).resourceData).toMatchObject({
    ...completed,
    id: first.body.id,
    clientContext: 'no GUID',
    prompts: PROMPTS,
  })
  expect(getNotification(bot, before + 2).resourceData).toMatchObject({
    ...completed,
    id: second.body.id,
    prompts: PROMPTS,
  })
  expect(getNotification(bot, before + 2).resourceData).not.toHaveProperty('clientContext')
  const { pathname } = new URL(first.headers.get('location') ?? '')
  expect((await bot.request('GET', pathname)).body).toMatchObject({ ...completed, id: first.body.id })
})

test.each(dialects)('$dialect: a cancellation ends all prompts, and a later prompt plays', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  const music = { ...ENDLESS_PROMPT, clientContext: 'music' }
  expect((await bot.request('POST', `${call}/playPrompt`, music)).status).toBe(200)
  await bot.request('POST', `${call}/playPrompt`, beep({ clientContext: 'beep' }))
  const reply = await bot.request('POST', `${call}/cancelMediaProcessing`, { clientContext: 'cancel', all: true })

  expect(reply).toMatchObject({
    status: 200,
    body: { ...type('cancelMediaProcessingOperation'), status: 'completed', clientContext: 'cancel' },
  })
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
  await bot.request('POST', `${call}/playPrompt`, beep({ clientContext: 'again' }))
  await bot.waitFor(before + 3)
  const ended = [1, 2, 3].map((number) => getNotification(bot, before + number).resourceData)
  expect(ended.map(({ clientContext, status }) => [clientContext, status])).toEqual([
    ['music', 'failed'],
    ['beep', 'failed'],
    ['again', 'completed'],
  ])
  expect(ended[0].resultInfo).toMatchObject({ code: 400, subcode: 8508 })
})

test.each([undefined, 'null', '{}'])('a cancellation without prompts completes, with the body %j', async (body) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)

  expect(await bot.request('POST', `${call}/cancelMediaProcessing`, body)).toMatchObject({
    status: 200,
    body: { status: 'completed' },
  })
})

test.each(dialects)(
  '$dialect: a prompt that plays when the bot hangs up fails before the call ends',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishCall(bot, dialect)
    const before = 1 + establishedWithAudio(dialect).length
    await bot.request('POST', `${call}/playPrompt`, ENDLESS_PROMPT)
    await bot.request('DELETE', call)

    await bot.waitFor(before + 3)
    expect(bot.flow()[before]).toBe('deleted operations failed')
    expect(getNotification(bot, before + 1).resourceData).toMatchObject({
      prompts: [{ loop: 0 }],
      resultInfo: { subcode: 7000 },
    })
  },
)

const promptList = (count: number) => ({ prompts: Array.from({ length: count }, () => ({ mediaInfo: BEEP })) })
const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no prompts', {}, 'prompts: is required.'],
  ['an empty list', promptList(0), 'prompts: must have at least 1 item.'],
  ['21 prompts', promptList(21), 'prompts: must have at most 20 items.'],
  ['a prompt without media', { prompts: [{}] }, 'prompts[0].mediaInfo: is required.'],
  ['media without an address', { prompts: [{ mediaInfo: {} }] }, 'prompts[0].mediaInfo.uri: is required.'],
  ['a negative loop', { prompts: [{ mediaInfo: BEEP, loop: -1 }] }, 'prompts[0].loop: must be at least 0.'],
  ['a clientContext of 257 characters', beep({ clientContext: 'x'.repeat(257) }), 'at most 256 characters.'],
]

test.each(bad)('playPrompt refuses %s', async (_, body, says) => {
  await expectBodyRefused('playPrompt', body, says)
})

test.each(dialects)('$dialect: playPrompt needs an established call with service-hosted media', async (dialect) => {
  await expectServiceHostedMediaNeeded(dialect, 'playPrompt', beep())
})

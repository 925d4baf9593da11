import { expect, test } from 'vitest'
import { APP2019, establishCall, newBot } from '../../support/scenarios.js'
import { meetingBody } from '../../support/testBot.js'

/** Makes a mediaConfig of this many characters, in strings that each have a valid length. */
function makeLargeMedia(length: number) {
  const texts = Array.from({ length: Math.ceil(length / MAX_TEXT) }, (_, index) =>
    'x'.repeat(Math.min(MAX_TEXT, length - index * MAX_TEXT)),
  )
  const preFetchMedia = texts.flatMap((uri, index) => (index % 2 === 0 ? [{ uri, resourceId: texts[index + 1] }] : []))
  return { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia }
}
const MAX_TEXT = 1024

test('a call that would become too large to store refuses more people and stays established', async () => {
  const bot = await newBot({ registered: 'app' })
  const mediaConfig = makeLargeMedia(190_000)
  const { id } = (await bot.request('POST', `${APP2019.calls}`, { ...meetingBody(bot.callbackUri), mediaConfig })).body
  await bot.waitFor(3)
  const makeInvitee = (name: string) => ({
    identity: { user: { id: `${name}${'€'.repeat(1000)}`, displayName: name } },
  })
  let refused: { status: number; body: { error?: { message: string } } } | undefined
  for (let count = 0; count < 15 && !refused; count++) {
    const participants = ['a', 'b', 'c', 'd', 'e'].map((name) => makeInvitee(`${count}${name}`))
    const reply = await bot.request('POST', `${APP2019.calls}/${id}/participants/invite`, { participants })
    if (reply.status !== 202) refused = reply
  }
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: 'The call would become too large to be stored.' } },
  })
  expect((await bot.request('GET', `${APP2019.calls}/${id}`)).body.state).toBe('established')
})

test('a call queues as many prompts as it has room for, and its bot can still hang up', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, APP2019)
  const prompts = Array.from({ length: 20 }, (_, index) => ({ mediaInfo: { uri: '€'.repeat(400) }, loop: index % 2 }))
  const replies = []
  for (let count = 0; count < 5; count++) replies.push(await bot.request('POST', `${call}/playPrompt`, { prompts }))
  const played = replies.filter(({ status }) => status === 200).length
  expect(played).toBeGreaterThan(1)
  expect(replies.at(-1)).toMatchObject({
    status: 409,
    body: { error: { message: 'The call would become too large to be stored.' } },
  })
  expect((await bot.request('DELETE', call)).status).toBe(204)
  await bot.waitFor(2 + played + 2)
  expect(bot.flow().slice(2)).toEqual([
    ...Array.from({ length: played }, () => 'deleted operations failed'),
    'updated call terminated',
    'deleted call',
  ])
})

test('a call of the maximum size connects, and its bot can hang up', async () => {
  const bot = await newBot({ registered: 'app' })
  const joinWithMedia = (length: number) => {
    const mediaConfig = makeLargeMedia(length)
    const source = { identity: { application: { id: bot.applicationId, displayName: '€'.repeat(1000) } } }
    return bot.request('POST', APP2019.calls, { ...meetingBody(bot.callbackUri), source, mediaConfig })
  }
  let length = 204_800
  let created = await joinWithMedia(length)
  expect(created.status).toBe(409)
  for (; created.status === 409; length -= 500) created = await joinWithMedia(length)
  expect(created.status).toBe(201)
  await bot.waitFor(3)
  expect((await bot.request('DELETE', `${APP2019.calls}/${created.body.id}`)).status).toBe(204)
  await bot.waitFor(5)
  expect(bot.flow()).toEqual([
    'updated call establishing',
    'updated call established',
    'updated participants 1',
    'updated call terminated',
    'deleted call',
  ])
})

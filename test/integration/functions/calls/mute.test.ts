import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  actAsPerson,
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectError,
  getNotification,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import { user } from '../../../support/testBot.js'

const actions = ['mute', 'unmute'] as const

test.each(dialects.flatMap((dialect) => actions.map((action) => ({ ...dialect, of: dialect, action }))))(
  '$dialect: $action returns 200 with a completed operation',
  async ({ of, action }) => {
    const bot = await newBot()
    const call = await establishCall(bot, of)
    const reply = await bot.request('POST', `${call}/${action}`, { clientContext: 'mine' })

    expect(reply.status).toBe(200)
    expect(reply.body).toMatchObject({
      '@odata.type':
        of.dialect === 'app' ? '#microsoft.graph.commsOperation' : `#microsoft.graph.${action}ParticipantOperation`,
      id: expect.stringMatching(of.id),
      status: 'completed',
      clientContext: 'mine',
    })
    const times = { createdDateTime: expect.any(String), lastActionDateTime: expect.any(String) }
    if (of.dialect === 'app') expect(reply.body).toMatchObject(times)
    const location = reply.headers.get('location') ?? ''
    expect(lastId(location)).toBe(reply.body.id)
    // The context differs between the reply to the action and the operation itself.
    const withoutContext = ({ '@odata.context': _, ...operation }: Record<string, unknown>) => operation
    const read = await bot.request('GET', new URL(location).pathname)
    expect(withoutContext(read.body)).toEqual(withoutContext(reply.body))
    await bot.request('DELETE', call)
    await bot.waitFor(2 + establishedWithAudio(of).length)
    expect(bot.flow().join()).not.toContain('operations')
  },
)

test.each([undefined, 'null', '{}'])('a bot mutes itself with the body %j', async (body) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)

  expect((await bot.request('POST', `${call}/mute`, body)).body).toMatchObject({ status: 'completed' })
})

interface Entry {
  readonly info: { readonly identity: object }
  readonly isMuted?: boolean
}

test.each(dialects)('$dialect: the roster shows who is muted, once for each change', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const personId = randomUUID()
  await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity: user(personId) })
  await bot.request('POST', `${call}/mute`)
  await bot.request('POST', `${call}/mute`)
  await actAsPerson(bot, personId, 'mute')
  await bot.request('POST', `${call}/unmute`)
  await actAsPerson(bot, personId, 'unmute')

  await bot.waitFor(8)
  const muted = (number: number) =>
    (['application', 'user'] as const).map((kind) => {
      const roster: Entry[] = getNotification(bot, number).resourceData
      return roster.find(({ info }) => kind in info.identity)?.isMuted === true
    })
  expect(bot.flow().slice(3)).toEqual(Array.from({ length: 5 }, () => 'updated participants 2'))
  expect([4, 5, 6, 7, 8].map(muted)).toEqual([
    [false, false],
    [true, false],
    [true, true],
    [false, true],
    [false, false],
  ])
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  expect(value).toMatchObject([{ isMuted: false }, { isMuted: false }])
})

test.each(dialects)(
  '$dialect: mute returns 404 for an unknown call, and unmute returns 400 for a clientContext that is too long',
  async ({ calls }) => {
    const bot = await newBot()

    expectError(await bot.request('POST', `${calls}/${randomUUID()}/mute`), { status: 404, code: '8522' })
    expectError(await bot.request('POST', `${calls}/${randomUUID()}/unmute`, { clientContext: 'x'.repeat(257) }), {
      status: 400,
      code: 'invalidRequest',
      says: 'clientContext: must have at most 256 characters.',
    })
  },
)

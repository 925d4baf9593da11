import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { user } from '../../../support/bot.js'
import { dialects, establishCall, establishMeeting, expectError, newBot } from '../../../support/bots.js'

test.each(dialects)('$dialect: a peer-to-peer call has an empty roster', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)

  expect(await bot.request('GET', `${call}/participants`)).toMatchObject({ status: 200, body: { value: [] } })
})

test.each(dialects)('$dialect: the roster of a meeting lists the bot and who has come', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const personId = randomUUID()
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user(personId) }] })
  await bot.waitFor(5)
  const { status, body } = await bot.request('GET', `${call}/participants`)

  expect(status).toBe(200)
  expect(body.value).toMatchObject([
    { info: { identity: { application: { id: bot.applicationId } } }, mediaStreams: [] },
    {
      '@odata.type': '#microsoft.graph.participant',
      id: expect.stringMatching(dialect.id),
      info: { identity: { user: { id: personId, displayName: 'Heidi Steen' } } },
      isMuted: false,
      isInLobby: false,
      mediaStreams: [{ mediaType: 'audio', sourceId: '2', direction: 'sendReceive', serverMuted: false }],
    },
  ])
  expect(body.value[0].id).toBe((await bot.request('GET', call)).body.myParticipantId)
})

test.each(dialects)('$dialect: one participant reads as it stands in the roster', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const [me] = (await bot.request('GET', `${call}/participants`)).body.value

  expect(await bot.request('GET', `${call}/participants/${me.id}`)).toMatchObject({ status: 200, body: me })
  expect(await bot.request('GET', `${call}/participants/${me.id.toLowerCase()}`)).toMatchObject({
    status: 200,
    body: me,
  })
})

test.each(dialects)('$dialect: somebody who is not in the call is not found', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)

  expectError(await bot.request('GET', `${call}/participants/${randomUUID()}`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Participant',
  })
})

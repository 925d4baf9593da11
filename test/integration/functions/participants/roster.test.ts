import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { dialects, establishCall, establishMeeting, expectError, newBot } from '../../../support/scenarios.js'
import { user } from '../../../support/testBot.js'

test.each(dialects)('$dialect: a peer-to-peer call has an empty roster', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)

  expect(await bot.request('GET', `${call}/participants`)).toMatchObject({ status: 200, body: { value: [] } })
})

test.each(dialects)('$dialect: the roster of a meeting lists the bot and the person who joined', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const personId = randomUUID()
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user(personId) }] })
  await bot.waitFor(5)
  const { status, body } = await bot.request('GET', `${call}/participants`)

  expect(status).toBe(200)
  const me = { info: { identity: { application: { id: bot.applicationId } } }, mediaStreams: [] }
  const invited = {
    '@odata.type': '#microsoft.graph.participant',
    id: expect.stringMatching(dialect.id),
    info: { identity: { user: { id: personId, displayName: 'Heidi Steen' } } },
    isMuted: false,
    isInLobby: false,
    mediaStreams: expect.arrayContaining([
      expect.objectContaining({ mediaType: 'audio', sourceId: '1', direction: 'sendReceive', serverMuted: false }),
    ]),
  }
  expect(body.value).toMatchObject(dialect.dialect === 'app' ? [invited, me] : [me, invited])
  const { myParticipantId } = (await bot.request('GET', call)).body
  expect(body.value.find(({ id }: { id: string }) => id === myParticipantId)).toMatchObject(me)
})

test.each(dialects)('$dialect: a participant reads as the roster lists it', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const [self] = (await bot.request('GET', `${call}/participants`)).body.value

  expect(await bot.request('GET', `${call}/participants/${self.id}`)).toMatchObject({ status: 200, body: self })
  expect(await bot.request('GET', `${call}/participants/${self.id.toLowerCase()}`)).toMatchObject({
    status: 200,
    body: self,
  })
})

test.each(dialects)('$dialect: a participant who is not in the call is not found', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)

  expectError(await bot.request('GET', `${call}/participants/${randomUUID()}`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Participant',
  })
})

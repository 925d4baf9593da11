import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  APP2019,
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectBodyRefused,
  expectError,
  getNotification,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { user } from '../../../support/testBot.js'

test.each(dialects)('$dialect: the roster shows the metadata of the bot, once for each change', async (dialect) => {
  const bot = await newBot()
  const id = lastId(await establishMeeting(bot, dialect))
  const paths = [APP2019.calls, '/app/calls', `/v1.0/applications/${bot.applicationId}/calls`]
  for (const [index, path] of paths.entries()) {
    for (const clientContext of ['first', 'again']) {
      const body = { metadata: `metadata ${index}`, clientContext }
      const reply = await bot.request('POST', `${path}/${id}/updateMetadata`, body)
      const operation = { '@odata.type': '#microsoft.graph.commsOperation', status: 'completed', clientContext }
      expect(reply).toMatchObject({ status: 202, body: { ...operation, id: expect.stringMatching(dialect.id) } })
      const location = reply.headers.get('location') ?? ''
      expect(lastId(location)).toBe(reply.body.id)
      expect((await bot.request('GET', new URL(location).pathname)).body).toMatchObject(operation)
    }
  }
  await bot.waitFor(6)
  expect(bot.flow().slice(3)).toEqual(Array(3).fill('updated participants 1'))
  const sent = [4, 5, 6].map((number) => getNotification(bot, number).resourceData[0].metadata)
  expect(sent).toEqual(['metadata 0', 'metadata 1', 'metadata 2'])
})

test.each(dialects)('$dialect: metadata from a peer-to-peer call is in its first roster', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  const reply = await bot.request('POST', `/app/calls/${lastId(call)}/microsoft.graph.updateMetadata`, {
    metadata: 'x',
  })
  expect(reply.status).toBe(202)
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await bot.waitFor(before + 2)
  expect(bot.flow().slice(before)).toEqual(['deleted operations completed', 'updated participants 3'])
  const roster: { metadata?: string }[] = getNotification(bot, before + 2).resourceData
  expect(roster.flatMap(({ metadata }) => metadata ?? [])).toEqual(['x'])
})

test.each([
  `${COMMUNICATIONS.calls}/${randomUUID()}/updateMetadata`,
  `/beta/communications/calls/${randomUUID()}/microsoft.graph.updateMetadata`,
])('%s is a path that does not exist', async (path) => {
  const bot = await newBot()
  const reply = await bot.request('POST', path, { metadata: 'x' })
  expectError(reply, { status: 404, code: 'itemNotFound', says: 'No such endpoint' })
})

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no metadata', {}, 'metadata: is required.'],
  ['metadata that is null', { metadata: null }, 'metadata: is required.'],
  ['metadata that is no text', { metadata: {} }, 'metadata: must be a JSON string.'],
  ['long metadata', { metadata: 'x'.repeat(4097) }, 'metadata: must have at most 4096 characters.'],
  ['a long clientContext', { metadata: 'x', clientContext: 'x'.repeat(257) }, 'at most 256 characters.'],
]

test.each(bad)('updateMetadata refuses %s', async (_, body, says) => {
  await expectBodyRefused('updateMetadata', body, says, APP2019)
})

test.each(dialects)('$dialect: updateMetadata needs an established call and a permission', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const body = { metadata: 'x' }
  const incoming = `${APP2019.calls}/${await placeCall(bot)}`
  const refused = { status: 409, code: 'notAllowed', says: 'a call that is established' }
  expectError(await bot.request('POST', `${incoming}/updateMetadata`, body), refused)
  const unknown = `${APP2019.calls}/${randomUUID()}/updateMetadata`
  expectError(await bot.request('POST', unknown, body), { status: 404, code: '8522' })
  const other = await newBot({ roles: 'Calls.AccessMedia.All' })
  expectError(await other.request('POST', unknown, body), {
    status: 403,
    code: '7504',
    says: 'Calls.JoinGroupCall.All',
  })
})

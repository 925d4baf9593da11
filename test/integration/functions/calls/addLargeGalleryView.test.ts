import { expect, test } from 'vitest'
import { dialects, establishCall, establishMeeting, expectError, lastId, newBot } from '../../../support/scenarios.js'

test.each(dialects)('$dialect: addLargeGalleryView replies with an operation, which completes', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const reply = await bot.request('POST', `${call}/addLargeGalleryView`, { clientContext: 'mine' })
  expect(reply).toMatchObject({
    status: dialect.dialect === 'app' ? 200 : 202,
    body: { status: 'running', clientContext: 'mine', id: expect.stringMatching(dialect.id) },
  })
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
  await bot.waitFor(4)
  expect(bot.received[3]?.body.value).toMatchObject([
    {
      changeType: 'deleted',
      resourceData: {
        '@odata.type': '#microsoft.graph.addLargeGalleryViewOperation',
        id: reply.body.id,
        status: 'completed',
        clientContext: 'mine',
      },
    },
  ])
})

test.each(dialects)('$dialect: addLargeGalleryView needs a group call or a meeting', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const reply = await bot.request('POST', `${call}/addLargeGalleryView`)
  expectError(reply, { status: 409, code: 'notAllowed', says: 'addLargeGalleryView needs a group call or a meeting' })
})

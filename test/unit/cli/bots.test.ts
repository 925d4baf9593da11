import { expect, test } from 'vitest'
import { ensureBot, findBot } from '../../../cli/bots.js'
import { UsageError } from '../../../cli/errors.js'
import type { BotView } from '../../../shared/inspection/views.js'
import { newFakeClient } from '../../support/fakeClient.js'

const ID = '11111111-1111-4111-8111-111111111111'
const OTHER_ID = '22222222-2222-4222-8222-222222222222'
const URL_OF_BOT = 'http://localhost:3978/api/calls'
const BOT: BotView = {
  applicationId: ID,
  displayName: 'My bot',
  tenantId: OTHER_ID,
  callingWebhook: URL_OF_BOT,
  dialect: 'app',
}
const OTHER: BotView = {
  ...BOT,
  applicationId: OTHER_ID,
  displayName: 'Other',
  callingWebhook: 'https://other.example/',
}

/** A service with these bots. The list has their URLs without secrets, as that of the service. */
function newClient(...bots: BotView[]) {
  const registered: { path: string; body: BotView }[] = []
  const listed = bots.map((bot) => ({
    ...bot,
    callingWebhook: bot.callingWebhook.replace(/code=\w+/, 'code=(removed)'),
  }))
  const replies = Object.fromEntries(bots.map((bot) => [`GET /bots/${bot.applicationId}`, bot]))
  const client = newFakeClient({ 'GET /inspector/bots': { bots: listed }, ...replies })
  const put = async (path: string, body: BotView) => {
    registered.push({ path, body })
    return { ...body, applicationId: path.split('/').at(-1) }
  }
  return { client: { ...client, put: put as never }, registered }
}

test('the only bot is found without a name, and any bot by its id or its URL', async () => {
  expect(await findBot(newClient(BOT).client)).toMatchObject({ applicationId: ID, isNew: false })
  const { client } = newClient(BOT, OTHER)
  expect(await findBot(client, OTHER_ID)).toMatchObject({ displayName: 'Other' })
  expect(await findBot(client, ID.replaceAll('-', '').toUpperCase())).toMatchObject({ displayName: 'My bot' })
  expect(await findBot(client, 'HTTP://LOCALHOST:3978/api/calls')).toMatchObject({ displayName: 'My bot' })
})

test.for([
  [[], undefined, /^No bot is registered\.$/],
  [[], ID, new RegExp(`^No bot is registered as ${ID}\\.$`)],
  [[BOT], OTHER_ID, new RegExp(`^No bot is registered as ${OTHER_ID}\\. These are:\n {2}${ID} {2}My bot {2}http`)],
  [
    [BOT],
    'localhost:3978/api/calls',
    /^localhost:3978\/api\/calls is neither an application id nor an http or https URL\.$/,
  ],
  [[BOT], 'http://', /^http:\/\/ is neither/],
  [[BOT, OTHER], undefined, /^2 bots match:\n.*My bot.*\n.*Other/],
] as const)('of the bots %j, %s is none or not one', async ([bots, name, message]) => {
  const error = await findBot(newClient(...bots).client, name).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UsageError)
  expect((error as Error).message).toMatch(message)
})

test('a URL that is not registered gets a new application id, and the defaults', async () => {
  const { client, registered } = newClient(OTHER)
  const bot = await ensureBot(client, URL_OF_BOT)
  expect(bot).toMatchObject({ displayName: 'localhost:3978', callingWebhook: URL_OF_BOT, isNew: true })
  expect(registered).toEqual([
    {
      path: `/bots/${bot.applicationId}`,
      body: {
        displayName: 'localhost:3978',
        tenantId: '2432b57b-0abd-43db-aa7b-16eadd115d34',
        callingWebhook: URL_OF_BOT,
        dialect: 'communications',
      },
    },
  ])
})

test('a URL that is registered is not registered again', async () => {
  const { client, registered } = newClient(BOT, OTHER)
  expect(await ensureBot(client, URL_OF_BOT)).toMatchObject({ applicationId: ID, isNew: false })
  expect(await ensureBot(client, URL_OF_BOT, { applicationId: ID.toUpperCase() })).toMatchObject({ isNew: false })
  expect(registered).toEqual([])
})

test('a registration has the ids and the dialect that are given, also for a URL that another bot has', async () => {
  const { client, registered } = newClient(BOT)
  await ensureBot(client, URL_OF_BOT, { applicationId: OTHER_ID, tenantId: ID, dialect: 'app' })
  expect(registered).toMatchObject([{ path: `/bots/${OTHER_ID}`, body: { tenantId: ID, dialect: 'app' } }])
})

test('URLs that differ only in a secret are different', async () => {
  const withSecret = (secret: string) => `https://bot.example/api/calls?code=${secret}`
  const { client, registered } = newClient({ ...BOT, callingWebhook: withSecret('one') })
  expect(await ensureBot(client, withSecret('one'))).toMatchObject({ isNew: false })
  await ensureBot(client, withSecret('two'))
  expect(registered).toMatchObject([{ body: { callingWebhook: withSecret('two') } }])
})

test('several bots with the same URL must be told apart by their ids', async () => {
  const { client } = newClient(BOT, { ...OTHER, callingWebhook: URL_OF_BOT })
  await expect(ensureBot(client, URL_OF_BOT)).rejects.toThrow(/^2 bots have this callback:\n/)
})

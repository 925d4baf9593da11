import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { expectError, newBot, upperHex } from '../../../support/scenarios.js'

const registration = () => ({
  displayName: 'Test BOT',
  tenantId: randomUUID(),
  callingWebhook: 'https://bot.example/api/calls',
  dialect: 'app',
})

test('the first registration of a bot returns 201, and a changed one returns 200', async () => {
  const bot = await newBot()
  const path = `/bots/${bot.applicationId}`
  const first = registration()
  const second = { ...first, displayName: 'Renamed', dialect: 'communications' }

  expect(await bot.request('PUT', path, first)).toMatchObject({
    status: 201,
    body: { applicationId: bot.applicationId, ...first },
  })
  expect(await bot.request('PUT', path, second)).toMatchObject({
    status: 200,
    body: { applicationId: bot.applicationId, ...second },
  })
  expect(await bot.request('GET', path)).toMatchObject({
    status: 200,
    body: { applicationId: bot.applicationId, ...second },
  })
})

test('a registration without a dialect gets the current API', async () => {
  const bot = await newBot()
  const { dialect: _, ...rest } = registration()

  expect((await bot.request('PUT', `/bots/${bot.applicationId}`, rest)).body.dialect).toBe('communications')
})

test('a registration keeps maxAttempts and onDeadLetter, and a later one without them removes them', async () => {
  const bot = await newBot()
  const path = `/bots/${bot.applicationId}`
  const policy = { maxAttempts: 1, onDeadLetter: 'skip' }
  const reply = await bot.request('PUT', path, { ...registration(), ...policy, onDeadLetter: 'SKIP' })
  expect(reply).toMatchObject({ status: 201, body: policy })
  expect((await bot.request('GET', path)).body).toMatchObject(policy)

  await bot.request('PUT', path, registration())
  const { body } = await bot.request('GET', path)
  expect([body.maxAttempts, body.onDeadLetter], 'the settings apply again').toEqual([undefined, undefined])
})

test('every spelling of an application id names the same registration', async () => {
  const bot = await newBot()
  await bot.request('PUT', `/bots/${upperHex(bot.applicationId)}`, registration())

  expect(await bot.request('GET', `/bots/${bot.applicationId}`)).toMatchObject({
    status: 200,
    body: { applicationId: bot.applicationId },
  })
})

test('a bot that is not registered is not found', async () => {
  const bot = await newBot()

  expectError(await bot.request('GET', `/bots/${bot.applicationId}`), { status: 404, code: 'itemNotFound' })
})

const bad: [title: string, change: object, says: string][] = [
  ['no displayName', { displayName: undefined }, 'displayName: is required.'],
  ['an empty displayName', { displayName: '' }, 'displayName: must have at least 1 character.'],
  ['no tenantId', { tenantId: undefined }, 'tenantId: is required.'],
  ['a tenantId that is not a GUID', { tenantId: 'contoso' }, 'tenantId: is not a GUID.'],
  ['no callingWebhook', { callingWebhook: undefined }, 'callingWebhook: is required.'],
  ['a webhook that is not a URL', { callingWebhook: '/api/calls' }, 'callingWebhook: must be an absolute URL'],
  ['a webhook over http to a public host', { callingWebhook: 'http://bot.example/' }, 'callingWebhook: must be https'],
  [
    'a webhook with port 0',
    { callingWebhook: 'https://bot.example:0/' },
    'callingWebhook: must have a port from 1 to 65535.',
  ],
  ['a webhook with the host a..b', { callingWebhook: 'https://a..b/' }, 'callingWebhook: has the host "a..b"'],
  ['a webhook with the host xn--', { callingWebhook: 'https://xn--/' }, 'callingWebhook: has the host "xn--"'],
  [
    'a webhook of 2049 characters',
    { callingWebhook: 'https://bot.example/'.padEnd(2049, 'x') },
    'callingWebhook: must have at most 2048 characters.',
  ],
  ['a negative maxAttempts', { maxAttempts: -1 }, 'maxAttempts: must be a whole number, 0 or more.'],
  ['a maxAttempts that is not whole', { maxAttempts: 1.5 }, 'maxAttempts: must be a whole number, 0 or more.'],
  ['a maxAttempts that is text', { maxAttempts: '3' }, 'maxAttempts: must be a whole number, 0 or more.'],
  ['an unknown onDeadLetter', { onDeadLetter: 'stop' }, 'onDeadLetter: must be one of pause, skip.'],
  ['an unknown dialect', { dialect: 'skype' }, 'dialect: must be one of app, communications.'],
]

test.each(bad)('a registration with %s returns 400 and registers nothing', async (_, change, says) => {
  const bot = await newBot()
  const path = `/bots/${bot.applicationId}`

  expectError(await bot.request('PUT', path, { ...registration(), ...change }), {
    status: 400,
    code: 'invalidRequest',
    says,
  })
  expect((await bot.request('GET', path)).status).toBe(404)
})

test('an application id that is not a GUID returns 400', async () => {
  const bot = await newBot()

  expectError(await bot.request('PUT', '/bots/my-bot', registration()), {
    status: 400,
    code: 'invalidRequest',
    says: 'applicationId',
  })
})

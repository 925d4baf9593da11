import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parseGuid } from '../../../shared/graph/ids.js'
import type { Entry } from '../../../shared/inspection/entries.js'
import type { Refusal } from '../../../shared/inspection/views.js'
import { startOwnService } from '../../support/ownService.js'
import { CLIENT_SECRET } from '../../support/runLogs.js'
import { COMMUNICATIONS, callBody, create, dialects, placeCall } from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { fetchToken, send, startBot, type TestBot } from '../../support/testBot.js'

// The endpoints below /inspector, over HTTP. test/programs/inspector has the page in a browser.

const baseUrl = inject('baseUrl')
let bot: TestBot
let callId = ''

beforeAll(async () => {
  bot = await startBot(baseUrl)
  await bot.register('communications')
  callId = await placeCall(bot)
  await bot.waitFor(1)
})
afterAll(() => bot.close())

test('the address of the service leads to the page', async () => {
  const response = await fetch(`${baseUrl}/`, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([302, '/inspector'])
})

test('the page and its files come from the service, and may only run and contact what does too', async () => {
  for (const [path, type] of [
    ['/inspector', 'text/html'],
    ['/inspector/assets/app.js', 'text/javascript'],
    ['/inspector/assets/app.css', 'text/css'],
  ]) {
    const response = await fetch(`${baseUrl}${path}`)
    expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, `${type}; charset=utf-8`])
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    // The page needs nothing from another host.
    expect(await response.text()).not.toMatch(/(src|href)="https?:/)
  }
})

test.each(['refusals', 'calls', `calls/${randomUUID()}`, 'events', 'events/1', 'log', 'bots', 'people/ann'])(
  'GET /inspector/%s needs a token with the permission',
  async (path) => {
    const denied = await send(baseUrl, 'GET', `/inspector/${path}`)
    expect(denied.status).toBe(401)
    const token = await fetchToken(baseUrl, {
      tenantId: randomUUID(),
      applicationId: randomUUID(),
      roles: 'Calls.Initiate.All',
    })
    const forbidden = await send(baseUrl, 'GET', `/inspector/${path}`, { token })
    expect(forbidden.status).toBe(403)
    expect(forbidden.body.error.message).toContain('Inspector.Read.All')
  },
)

test('a call has the request that caused it, its reply, the commit and the attempt', async () => {
  // The attempt is logged after the bot has replied to it.
  const readCall = () => bot.request('GET', `/inspector/calls/${callId}`)
  await expect.poll(async () => (await readCall()).body.entries.length).toBe(4)
  const { body } = await readCall()
  expect(body).toMatchObject({ id: callId, state: 'incoming', botName: 'Test BOT', direction: 'incoming' })
  const types = body.entries.map(({ type }: Entry) => type)
  expect(types.toSorted()).toEqual(['attempt', 'commit', 'reply', 'request'])
  expect(types[0]).toBe('request')
  const [request] = body.entries
  expect(request).toMatchObject({ name: 'simulator-call-place', method: 'POST', path: '/simulator/calls' })
  const read = await bot.request('GET', `/inspector/events/${request.number}`)
  expect(JSON.parse(read.body.message.body.text)).toMatchObject({ from: { user: {} } })
  expect(read.body.message.headers.authorization).toBe('Bearer (removed)')
})

test('the notification of an attempt is shown, and can be sent again', async () => {
  const path = `/inspector/calls/${callId}/notifications/1`
  const { body } = await bot.request('GET', path)
  expect(body).toMatchObject({ sequence: 1, url: bot.callbackUri, headers: { Authorization: '(removed)' } })
  expect(JSON.parse(body.body)).toEqual(bot.received[0]?.body)
  const before = bot.received.length
  expect((await bot.request('POST', `${path}/resend`)).body).toEqual({ status: 202 })
  await bot.waitFor(before + 1)
  expect(bot.received.at(-1)?.text).toBe(bot.received[0]?.text)
  expect((await bot.request('GET', `/inspector/calls/${callId}/notifications/99`)).status).toBe(404)
})

test('the events are polled with an ETag, and a number that is not one is refused', async () => {
  const all = await bot.request('GET', '/inspector/events?after=0')
  expect(all.status).toBe(200)
  let last = all.body.last
  // Other tests use the same service.
  const poll = async () => {
    const page = await bot.request('GET', `/inspector/events?after=${last}`)
    last = page.body.last
    const etag = page.headers.get('etag') ?? ''
    return bot.request('GET', `/inspector/events?after=${last}`, undefined, { 'If-None-Match': etag })
  }
  await expect.poll(async () => (await poll()).status).toBe(304)
  // The polls do not flood the console.
  expect(readFileSync(inject('logFile'), 'utf8')).not.toContain('inspector-event-list')
  const refused = await bot.request('GET', '/inspector/events?after=x')
  expect([refused.status, refused.body.error.message]).toEqual([400, 'after: must be a whole number, 0 or more.'])
})

test.each(dialects)('the request that creates a call belongs to it: $dialect', async (dialect) => {
  const path = await create(bot, dialect, callBody(bot))
  const guid = parseGuid(path.split('/').at(-1) ?? '')
  const { body } = await bot.request('GET', `/inspector/calls/${guid}`)
  expect(body.entries[0]).toMatchObject({ type: 'request', method: 'POST', path: dialect.calls, callId: guid })
})

test('a refused request is listed with its body, though it has created no call', async () => {
  const refused = await bot.request('POST', COMMUNICATIONS.calls, { callbackUri: 'not a URL' })
  expect(refused.status).toBe(400)
  const { body } = await bot.request('GET', '/inspector/refusals')
  const refusal = body.refusals.find(({ path, status }: Refusal) => path === COMMUNICATIONS.calls && status === 400)
  const request = await bot.request('GET', `/inspector/events/${refusal.entries[0]}`)
  expect(request.body.message.body.text).toBe('{"callbackUri":"not a URL"}')
})

test('the log is a file with an entry a line, and has no secrets', async () => {
  const response = await fetch(`${baseUrl}/inspector/log`, { headers: { authorization: `Bearer ${bot.token}` } })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const text = await response.text()
  const entries = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry)
  expect(entries.some((entry) => entry.type === 'request' && entry.name.startsWith('token'))).toBe(true)
  expect(text).not.toContain(CLIENT_SECRET)
  expect(text).not.toMatch(/eyJ[\w-]{10,}\.eyJ/)
})

test('the doctor reports what the callback of a bot answers', async () => {
  const { body } = await bot.request('POST', `/inspector/bots/${bot.applicationId}/doctor`)
  expect(body.checks).toMatchObject([
    { name: 'callback', result: 'ok' },
    { name: 'token', result: 'warning' },
  ])
})

test('the doctor checks a callback that is not registered, and refuses a body without it', async () => {
  const { body } = await bot.request('POST', '/inspector/doctor', { callingWebhook: bot.callbackUri })
  expect(body.checks).toMatchObject([{ name: 'callback', result: 'ok' }, { name: 'token' }])
  const refused = await bot.request('POST', '/inspector/doctor', { dialect: 'app' })
  expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining('callingWebhook')])
})

test('only the media of a prompt of the call are fetched', async () => {
  const query = `callId=${callId}&operationId=${randomUUID()}&index=0`
  const { status, body } = await bot.request('GET', `/inspector/media?${query}`)
  expect([status, body.error.message]).toEqual([404, expect.stringContaining('no such prompt')])
})

test('where the inspector is switched off, none of its addresses exists', async () => {
  const service: RunningService = await startOwnService({ INSPECTOR: 'false' })
  try {
    for (const path of ['/', '/inspector', '/inspector/assets/app.js', '/inspector/calls', '/inspector/events']) {
      expect([path, (await fetch(service.baseUrl + path)).status]).toEqual([path, 404])
    }
  } finally {
    await service.stop()
  }
})

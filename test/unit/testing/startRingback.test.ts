import { decodeJwt } from 'jose'
import { beforeAll, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import type { z } from 'zod'
import type { faultsBody } from '../../../shared/graph/requests/faultsBody.js'
import {
  type Bot,
  type Call,
  type Fault,
  type Notification,
  type Ringback,
  type RingbackOptions,
  startRingback,
} from '../../../testing/index.js'
import { generateMemoryKeys } from '../../support/memoryKeys.js'
import { meetingBody } from '../../support/testBot.js'

beforeAll(generateMemoryKeys)

const CALLS = '/v1.0/communications/calls'
const SERVICE_HOSTED_MEDIA = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }

async function start(options: RingbackOptions = { listen: false }): Promise<Ringback> {
  const ringback = await startRingback(options)
  onTestFinished(() => ringback.stop())
  return ringback
}

/** The bot calls a person. */
async function invite(bot: Bot, personId: string): Promise<void> {
  const response = await bot.request('POST', CALLS, {
    callbackUri: bot.callbackUrl,
    tenantId: bot.tenantId,
    requestedModalities: ['audio'],
    mediaConfig: SERVICE_HOSTED_MEDIA,
    targets: [{ identity: { user: { id: personId } } }],
  })
  expect(response.status).toBe(201)
}

/** The bot calls Amar, who answers. */
async function callAmar(ringback: Ringback, bot: Bot): Promise<Call> {
  await invite(bot, 'amar')
  const call = await ringback.person('amar').answers()
  await call.waitFor('updated call established')
  return call
}

test('a person calls a bot, which answers over HTTP, and leaves', async () => {
  const ringback = await start({})
  const bot = await ringback.bot()
  const heidi = ringback.person('heidi')
  const call = await heidi.calls(bot)
  await call.waitFor('created call incoming')
  const response = await fetch(`${ringback.url}${CALLS}/${call.id}/answer`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await bot.token()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      callbackUri: bot.callbackUrl,
      acceptedModalities: ['audio'],
      mediaConfig: SERVICE_HOSTED_MEDIA,
    }),
  })
  expect(response.status).toBe(202)
  await call.waitFor('updated call established')
  expect(await call.state()).toBe('established')
  await heidi.leaves()
  const last = await bot.waitFor({ summary: 'deleted call terminated' })
  expect(last).toMatchObject({ callId: call.id, attempts: 1, body: { value: [{ changeType: 'deleted' }] } })
  expect(ringback.calls.map(({ id }) => id)).toEqual([call.id])
})

test('45 minutes without keepAlive end a call, and pass in seconds at most', async () => {
  const ringback = await start()
  const call = await callAmar(ringback, await ringback.bot())
  const [startedAt, before] = [performance.now(), ringback.now().getTime()]
  await ringback.advance('44m')
  expect(await call.state()).toBe('established')
  await ringback.advance('2m')
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  expect(await call.state()).toBe('terminated')
  expect(call.notifications.at(-1)?.summary).toBe('deleted call terminated')
  expect(ringback.now().getTime() - before).toBeGreaterThanOrEqual(46 * 60_000)
})

test('retries of a failing callback happen at their times', async () => {
  const ringback = await start({
    listen: false,
    settings: { RETRY_SCHEDULE_SECONDS: '60', RETRY_JITTER: 0, ANSWER_TIMEOUT_MS: 600_000 },
  })
  const times: number[] = []
  const callback = () => {
    times.push(ringback.now().getTime())
    return new Response(null, { status: times.length < 3 ? 503 : 202 })
  }
  const bot = await ringback.bot({ callback })
  const call = await ringback.person('heidi').calls(bot)
  await ringback.advance('3m')
  expect(call.notifications).toMatchObject([{ summary: 'created call incoming', attempts: 3 }])
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  for (const wait of waits.slice(0, 2)) expect(Math.abs(wait - 60_000)).toBeLessThan(5_000)
})

test('people press keys, mute, wait in the lobby, are admitted and decline', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const call = await callAmar(ringback, bot)
  await bot.request('POST', `${CALLS}/${call.id}/subscribeToTone`, {})
  await ringback.person('amar').presses('1#')
  await call.waitFor('updated call tone1')
  await call.waitFor('updated call pound')

  expect((await bot.request('POST', CALLS, meetingBody(bot.callbackUrl))).status).toBe(201)
  const meeting = await bot.waitFor(({ callId, summary }) => callId !== call.id && summary.includes('participants'))
  const nora = ringback.person('nora')
  expect((await nora.joins(meeting.callId, { inLobby: true })).id).toBe(meeting.callId)
  const isAbout = (text: string) => (notification: Notification) => JSON.stringify(notification.body).includes(text)
  await bot.waitFor(isAbout('"isInLobby":true'))
  await nora.isAdmitted()
  await nora.mutes()
  await bot.waitFor(isAbout('"isMuted":true'))

  await invite(bot, 'jon')
  const declined = await ringback.person('jon').declines()
  await declined.waitFor('deleted call terminated')
})

test('an action waits until it is possible, and fails with the reason of the service', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const answered = ringback.person('amar').answers()
  await invite(bot, 'amar')
  expect(await answered).toMatchObject({ applicationId: bot.applicationId })
  await expect(ringback.person('nora').answers({ within: '50ms' })).rejects.toThrow(/refused with 404: .*nora/)
  await expect(ringback.person('nora').rings({ within: '50ms' })).rejects.toThrow('nora did not ring within 50ms')
  await expect(ringback.person('amar').presses('1', { within: '50ms' })).rejects.toThrow(/No bot has subscribed/)
})

test('faults reach the callback and the replies, and are counted', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  await bot.setFaults([
    { on: 'callback', effect: 'status', status: 503, sequence: 1, times: 2 },
    { on: 'api', effect: 'status', status: 429, request: 'get' },
  ])
  const call = await ringback.person('heidi').calls(bot)
  await ringback.advance('10s')
  expect(call.notifications).toMatchObject([{ summary: 'created call incoming', attempts: 3 }])
  expect((await bot.request('GET', `${CALLS}/${call.id}`)).status).toBe(429)
  expect((await bot.request('GET', `${CALLS}/${call.id}`)).status).toBe(200)
  expect(await bot.faults()).toMatchObject([
    { fired: 2, remaining: 0 },
    { fired: 1, remaining: 0 },
  ])
  await expect(bot.setFaults([{ on: 'callback', effect: 'status', status: 42 }])).rejects.toThrow(/faults\[0\].status/)
})

test('the faults of the kit are those of the service', () => {
  expectTypeOf<Fault>().toExtend<z.input<typeof faultsBody>['faults'][number]>()
  expectTypeOf<z.input<typeof faultsBody>['faults'][number]['effect']>().toExtend<Fault['effect']>()
})

test('a notification that does not come fails with the closest one, the refused requests and the ladder', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const call = await ringback.person('heidi').calls(bot)
  await bot.request('POST', CALLS, { callbackUri: 'nonsense' })
  const failure = await call.waitFor('updated call established', { within: '100ms' }).catch((error: Error) => error)
  const { message } = failure as Error
  expect(message).toContain('No notification "updated call established" within 100ms.')
  expect(message).toContain('Closest: #1 created call incoming')
  expect(message).toContain(`Refused: POST ${CALLS} 400`)
  expect(message).toMatch(/heidi/)
  expect(message).toMatch(/#1 created/)
})

test('a service returns to a snapshot, which survives JSON, with its clock and what was delivered', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const call = await ringback.person('heidi').calls(bot)
  await call.waitFor('created call incoming')
  await ringback.advance('10s')
  const snapshot = JSON.parse(JSON.stringify(await ringback.snapshot()))
  const time = ringback.now().getTime()

  await ringback.advance('10s')
  expect(await call.state()).toBe('terminated')
  await ringback.restore(snapshot)
  expect(ringback.now().getTime() - time).toBeLessThan(10_000)
  const [restored] = ringback.calls
  expect(restored?.notifications.map(({ summary }) => summary)).toEqual(['created call incoming'])
  expect(await restored?.state()).toBe('incoming')
  await ringback.advance('10s')
  await restored?.waitFor('deleted call terminated')
})

test('a call is that of the restored state, and is unknown after a reset', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const call = await ringback.person('heidi').calls(bot)
  await call.waitFor('created call incoming')
  const snapshot = await ringback.snapshot()
  await ringback.advance('15s')
  expect(await call.state()).toBe('terminated')
  await ringback.restore(snapshot)
  expect(await call.state()).toBe('incoming')
  expect(call.notifications.map(({ summary }) => summary)).toEqual(['created call incoming'])
  await ringback.advance('15s')
  await call.waitFor('deleted call terminated')
  await ringback.reset()
  await expect(call.state()).rejects.toThrow(`The service has no call ${call.id}.`)
  await expect(call.waitFor('created call incoming')).rejects.toThrow(`The service has no call ${call.id}.`)
})

test('people go on in a call of a snapshot', async () => {
  const ringback = await start()
  const bot = await ringback.bot()
  const call = await callAmar(ringback, bot)
  const snapshot = await ringback.snapshot()
  await ringback.reset()
  await ringback.restore(snapshot)
  expect((await ringback.person('amar').leaves()).id).toBe(call.id)
  await bot.waitFor('deleted call terminated')
})

test.each([{}, null, { ringback: 'snapshot', version: 2, state: {} }, { ringback: 'snapshot', version: 1, state: {} }])(
  '%j is not a snapshot',
  async (value) => {
    const ringback = await start()
    await expect(ringback.restore(value as never)).rejects.toThrow('restore: this is not a snapshot of this version.')
  },
)

test('tokens follow the real time, also when the clock was advanced', async () => {
  const ringback = await start()
  await ringback.advance('2h')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: crypto.randomUUID(),
    client_secret: 'x',
  })
  const reply = await ringback.fetch('/common/oauth2/token', { method: 'POST', body })
  const { not_before: notBefore, access_token: token } = (await reply.json()) as Record<string, string>
  expect(Math.abs(Number(notBefore) - Date.now() / 1000)).toBeLessThan(600)
  const { nbf = 0 } = decodeJwt(token ?? '')
  expect(Math.abs(nbf - Number(notBefore))).toBeLessThan(600)
})

test('a reset removes calls and bots, and shows the real time', async () => {
  const ringback = await start({})
  const bot = await ringback.bot()
  const call = await ringback.person('heidi').calls(bot)
  await ringback.advance('1h')
  const { url } = ringback
  await ringback.reset()
  expect([ringback.url, ringback.calls, ringback.notifications]).toEqual([url, [], []])
  expect(Math.abs(ringback.now().getTime() - Date.now())).toBeLessThan(1_000)
  expect((await bot.request('GET', `${CALLS}/${call.id}`)).status).toBe(404)
  await expect(ringback.person('heidi').calls(bot)).rejects.toThrow(/no bot is registered/)
})

test('two services share nothing', async () => {
  const [first, second] = [await start({}), await start({})]
  const bot = await first.bot()
  await first.person('heidi').calls(bot)
  await first.advance('1h')
  expect(second.calls).toEqual([])
  expect(second.url).not.toBe(first.url)
  expect(Math.abs(second.now().getTime() - Date.now())).toBeLessThan(1_000)
  await expect(second.person('heidi').calls(bot)).rejects.toThrow(/no bot is registered/)
})

test('a stopped service refuses connections, sends nothing more and does nothing more', async () => {
  const ringback = await startRingback({ settings: { RETRY_SCHEDULE_SECONDS: '0.1' } })
  const callback = vi.fn(() => new Response(null, { status: 503 }))
  const bot = await ringback.bot({ callback })
  const heidi = ringback.person('heidi')
  await heidi.calls(bot)
  await expect.poll(() => callback.mock.calls.length).toBeGreaterThan(1)
  await ringback.stop()
  const { length } = callback.mock.calls
  await expect(fetch(ringback.url)).rejects.toThrow('fetch failed')
  await expect(heidi.calls(bot)).rejects.toThrow('The service is stopped.')
  await expect(ringback.advance('1s')).rejects.toThrow('The service is stopped.')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(callback.mock.calls.length).toBe(length)
  await ringback.stop()
})

test('after a reset the calls before send nothing more', async () => {
  const ringback = await start({ listen: false, settings: { RETRY_SCHEDULE_SECONDS: '0.1' } })
  const callback = vi.fn(() => new Response(null, { status: 503 }))
  await ringback.person('heidi').calls(await ringback.bot({ callback }))
  await expect.poll(() => callback.mock.calls.length).toBeGreaterThan(1)
  await ringback.reset()
  const { length } = callback.mock.calls
  await ringback.advance('1m')
  expect(callback.mock.calls.length).toBe(length)
})

test('a bot may still send a request while the service stops', async () => {
  const ringback = await startRingback()
  const answers: number[] = []
  const bot = await ringback.bot({
    callback: async (request) => {
      const { value } = (await request.json()) as { value: [{ resourceUrl: string }] }
      const [{ resourceUrl }] = value
      void bot.request('GET', `/v1.0${resourceUrl}`).then(({ status }) => answers.push(status))
      return new Response(null, { status: 202 })
    },
  })
  await ringback.person('heidi').calls(bot)
  await ringback.stop()
  expect(answers).toEqual([200])
})

test('the clock advances while an action waits', async () => {
  const ringback = await start()
  const answered = ringback.person('amar').answers()
  await ringback.advance('1h')
  await invite(await ringback.bot(), 'amar')
  expect((await answered).notifications).toEqual([])
})

test('advances that are started together add up', async () => {
  const ringback = await start()
  const before = ringback.now().getTime()
  await Promise.all([ringback.advance('1h'), ringback.advance('1h')])
  expect(ringback.now().getTime() - before).toBeGreaterThanOrEqual(2 * 3_600_000)
})

test('the clock does not advance while a callback does not answer, and says so', async () => {
  const ringback = await start()
  const bot = await ringback.bot({ callback: () => new Promise<undefined>(() => undefined) })
  await ringback.person('heidi').calls(bot)
  await expect(ringback.advance('1m')).rejects.toThrow(`still running: notifications, the POST to ${bot.callbackUrl}`)
})

test('the fake timers of a test do not concern the service', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const ringback = await start()
  const call = await ringback.person('heidi').calls(await ringback.bot())
  await call.waitFor('created call incoming')
  await ringback.advance('15s')
  expect(await call.state()).toBe('terminated')
})

test('an expectation that throws fails with its error', async () => {
  const ringback = await start()
  const call = await ringback.person('heidi').calls(await ringback.bot())
  const wait = call.waitFor(({ body }) => body.value[0].resourceData.toneInfo.tone === 'tone1')
  await expect(wait).rejects.toThrow(/Cannot read properties of undefined \(reading 'tone'\)/)
})

test('an expectation may have matchers and regular expressions', async () => {
  const ringback = await start()
  const call = await ringback.person('heidi').calls(await ringback.bot())
  await call.waitFor({ summary: expect.stringContaining('incoming') })
  await call.waitFor({ body: { value: [{ resourceUrl: /calls/ }] } })
  await expect(call.waitFor({ summary: /never/ }, { within: '10ms' })).rejects.toThrow('{"summary":"/never/"}')
})

test('a call that was removed says so', async () => {
  const ringback = await start()
  const call = await ringback.person('heidi').calls(await ringback.bot())
  await ringback.advance('25h')
  const message = `The call ${call.id} was removed: it ended longer ago than RETENTION_MS.`
  await expect(call.state()).rejects.toThrow(message)
  await expect(call.waitFor('nothing', { within: '10ms' })).rejects.toThrow(message)
})

test('a callback that throws is a 500, and the error is printed', async () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => print.mockRestore())
  const ringback = await start()
  const bot = await ringback.bot({
    callback: () => {
      throw new Error('a fault of the bot')
    },
  })
  const call = await ringback.person('heidi').calls(bot)
  await expect.poll(() => print.mock.calls.flat().map(String).join(' ')).toContain('a fault of the bot')
  await expect.poll(() => call.ladder()).toContain('500')
})

test.each([
  ['an unknown option', { lisen: false }, 'there is no option lisen'],
  ['a port that is not a number', { port: 'abc' }, 'port must be a whole number'],
  ['listen that is not a boolean', { listen: 'no' }, 'listen must be true or false'],
  ['no object', null, 'expects an object'],
  ['a setting that the kit relies on', { settings: { INSPECTOR: false } }, 'settings.INSPECTOR cannot be set'],
  ['a storage', { settings: { CALLS_STORAGE: 'x' } }, 'settings.CALLS_STORAGE cannot be set'],
  ['an unknown setting', { settings: { SOMETHING: 1 } }, 'there is no setting SOMETHING'],
])('%s is refused', async (_, options, message) => {
  await expect(startRingback(options as RingbackOptions)).rejects.toThrow(message)
})

test('a setting that is undefined has its default', async () => {
  const ringback = await start({ listen: false, settings: { NOTIFICATION_ISSUER: undefined } })
  const metadata = await ringback.fetch('/v1/.well-known/openidconfiguration')
  expect(await metadata.json()).toMatchObject({ issuer: 'https://api.botframework.com' })
})

test.each([42, 'not a url', {}])('%j is not a callback', async (callback) => {
  const ringback = await start()
  await expect(ringback.bot({ callback: callback as never })).rejects.toThrow('callback must be a function or the URL')
})

test.each([200, 'ok', { status: 200 }])('a callback that returns %j is a 500 with an explanation', async (result) => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => print.mockRestore())
  const ringback = await start()
  await ringback.person('heidi').calls(await ringback.bot({ callback: () => result as never }))
  await expect.poll(() => print.mock.calls.flat().map(String).join(' ')).toContain('must return a Response or nothing')
})

test.each(['', '1x2'])('%j are not keys, and nothing is pressed', async (keys) => {
  const ringback = await start()
  await expect(ringback.person('amar').presses(keys)).rejects.toThrow(RangeError)
})

test.each([
  ['a setting that does not exist', { settings: { ANSWER_TIMOUT_MS: 1 } }, /did you mean ANSWER_TIMEOUT_MS/],
  ['a setting with a wrong value', { settings: { ANSWER_TIMEOUT_MS: 'soon' } }, /ANSWER_TIMEOUT_MS: must be/],
])('%s is refused', async (_, options, message) => {
  await expect(startRingback(options)).rejects.toThrow(message)
})

test.each(['5', '5 s', '-5s', '', '1d'])('%j is not a duration', async (text) => {
  const ringback = await start()
  await expect(ringback.advance(text as '1s')).rejects.toThrow(/is not a duration: write 250ms/)
})

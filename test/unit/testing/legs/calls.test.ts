import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Application, connect, MEDIA, startApplications } from './applications.js'

// An application calls another one, which has a call of its own.

/** Who calls whom: in both directions, since the two have different dialects. */
const DIRECTIONS = [
  ['alpha', 'beta'],
  ['beta', 'alpha'],
] as const

/** How the call of an application ends, in its dialect. */
const ended = ({ dialect }: Application, code: string, reason = 'CallTerminated') => (dialect === 'app' ? reason : code)

test.each(DIRECTIONS)('%s calls %s, which knows the caller and answers', async (callerName, calleeName) => {
  const { [callerName]: caller, [calleeName]: callee } = await startApplications()
  const outgoing = await caller.calls(callee)
  const incoming = await callee.rings()
  const [created] = callee.bot.notifications
  expect(created?.body.value[0].resourceData).toMatchObject({
    state: 'incoming',
    source: { identity: { application: { id: caller.bot.applicationId, displayName: callerName } } },
    targets: [{ identity: { application: { id: callee.bot.applicationId, displayName: calleeName } } }],
  })
  expect(await outgoing.state()).toBe('establishing')
  await incoming.answer()
  expect([await outgoing.state(), await incoming.state()]).toEqual(['established', 'established'])
  expect(outgoing.flow()).toEqual(expect.arrayContaining(['updated call establishing', 'updated call established']))
  expect(incoming.flow()).toEqual(
    expect.arrayContaining(['created call incoming', 'updated call establishing', 'updated call established']),
  )
})

test.each(DIRECTIONS)('%s hangs up its call to %s, before the answer', async (callerName, calleeName) => {
  const { [callerName]: caller, [calleeName]: callee } = await startApplications()
  const outgoing = await caller.calls(callee)
  const incoming = await callee.rings()
  await outgoing.hangUp()
  expect([await outgoing.state(), await incoming.state()]).toEqual(['gone', 'gone'])
  expect(outgoing.end()).toBe(ended(caller, '200/7000', 'AppInitiated'))
  expect(incoming.end()).toBe(ended(callee, '200/4521'))
})

test.each(DIRECTIONS)('%s and %s are connected until either hangs up', async (callerName, calleeName) => {
  for (const first of [0, 1]) {
    const { [callerName]: caller, [calleeName]: callee } = await startApplications()
    const calls = await connect(caller, callee)
    await calls[first]?.hangUp()
    for (const [index, call] of calls.entries()) {
      expect(await call.state()).toBe('gone')
      const { application } = call
      expect(call.end()).toBe(
        index === first ? ended(application, '200/7000', 'AppInitiated') : ended(application, '200/4521'),
      )
    }
  }
})

test.each([
  ['busy', '486/0'],
  ['forbidden', '403/0'],
  ['none', '603/0'],
])('a rejection with %s ends the call of the caller with %s', async (reason, code) => {
  const { alpha, beta } = await startApplications()
  const outgoing = await alpha.calls(beta)
  await (await beta.rings()).reject(reason)
  expect(outgoing.end()).toBe(code)
})

test('an application that does not answer is unreachable, and its own call ends', async () => {
  const { ringback, alpha, gamma } = await startApplications()
  const outgoing = await alpha.calls(gamma)
  const incoming = await gamma.rings()
  await ringback.advance('14s')
  expect([await outgoing.state(), await incoming.state()]).toEqual(['establishing', 'incoming'])
  await ringback.advance('2s')
  expect([outgoing.end(), incoming.end()]).toEqual(['480/10076', '480/10076'])
})

test('the ring timeout of the caller ends both calls', async () => {
  const { ringback, alpha, gamma } = await startApplications({ RING_TIMEOUT_MS: 5_000 })
  const outgoing = await alpha.calls(gamma)
  const incoming = await gamma.rings()
  await ringback.advance('6s')
  expect([outgoing.end(), incoming.end()]).toEqual(['480/10076', '200/4521'])
})

test('an answer that comes too late is refused', async () => {
  const { alpha, beta } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const incoming = await beta.rings()
  await outgoing.hangUp()
  await expect(incoming.answer()).rejects.toThrow('404')
})

test('an application that is not registered is unreachable', async () => {
  const { alpha, beta } = await startApplications()
  for (const caller of [alpha, beta]) {
    const stranger = { bot: { applicationId: randomUUID() } } as Application
    const outgoing = await caller.calls(stranger)
    expect(await outgoing.state()).toBe('gone')
    expect(outgoing.end()).toBe(ended(caller, '480/10076'))
  }
})

test('an application that is not registered is simulated where the settings say so', async () => {
  const { ringback, alpha, settle } = await startApplications({ SIMULATE_APPLICATIONS: true })
  const id = randomUUID()
  const outgoing = await alpha.calls({ bot: { applicationId: id } } as Application)
  expect(await outgoing.state()).toBe('establishing')
  await ringback.person(id).answers({ call: outgoing.call })
  await settle()
  expect(await outgoing.state()).toBe('established')
})

test('a registered application is called, also where others are simulated', async () => {
  const { alpha, beta } = await startApplications({ SIMULATE_APPLICATIONS: true })
  await connect(alpha, beta)
})

test('several called applications and a person are in one group call', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta, gamma, 'amar')
  const calls = [outgoing, await beta.rings(), await gamma.rings()] as const
  for (const incoming of calls.slice(1)) await incoming.answer()
  await ringback.person('amar').answers()
  await settle()
  for (const call of calls) expect(await call.roster()).toEqual(['alpha', 'amar', 'beta', 'gamma'])
  await ringback.person('amar').leaves()
  await settle()
  for (const call of calls) expect(await call.roster()).toEqual(['alpha', 'beta', 'gamma'])
  await outgoing.hangUp()
  for (const call of calls.slice(1)) expect(await call.roster()).toEqual(['beta', 'gamma'])
})

test('a called application of a group call redirects to a person, who joins in its place', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta, gamma)
  const [redirected, answered] = [await beta.rings(), await gamma.rings()]
  await redirected.redirect('amar')
  await answered.answer()
  await ringback.person('amar').answers()
  await settle()
  for (const call of [outgoing, answered]) expect(await call.roster()).toEqual(['alpha', 'amar', 'gamma'])
  expect(redirected.end()).toBe('AppRedirected')
})

test('an application calls one of another tenant', async () => {
  const { ringback, alpha, settle } = await startApplications()
  const bot = await ringback.bot({ displayName: 'foreign' })
  const outgoing = await alpha.calls({ bot } as Application)
  const { callId, body } = await bot.waitFor('created call incoming')
  expect(body.value[0].resourceData.tenantId).toBe(bot.tenantId)
  expect((await bot.request('DELETE', `/v1.0/communications/calls/${callId}`)).status).toBe(204)
  await settle()
  expect(outgoing.end()).toBe('480/10076')
})

test('an application calls itself', async () => {
  const { alpha } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, alpha)
  await outgoing.hangUp()
  expect([outgoing.end(), incoming.end()]).toEqual(['200/7000', '200/4521'])
})

test('an application whose callback fails is unreachable', async () => {
  const { ringback, alpha, gamma } = await startApplications()
  await gamma.bot.setFaults([{ on: 'callback', effect: 'status', status: 503, times: 'always' }])
  const outgoing = await alpha.calls(gamma)
  await ringback.advance('16s')
  expect(outgoing.end()).toBe('480/10076')
})

test('a request that is sent again calls the other application once', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  const { callbackUrl: callbackUri } = alpha.bot
  const authorization = `Bearer ${await alpha.bot.token()}`
  const headers = { authorization, 'content-type': 'application/json', 'client-request-id': randomUUID() }
  const targets = [{ identity: { application: { id: gamma.bot.applicationId } } }]
  const body = JSON.stringify({ callbackUri, requestedModalities: ['audio'], mediaConfig: MEDIA, targets })
  const send = (retry: number) =>
    ringback.fetch('/v1.0/communications/calls', {
      method: 'POST',
      headers: { ...headers, ...(retry > 0 && { 'retry-attempt': String(retry) }) },
      body,
    })
  // No client repeats a request in the same instant. Its repetitions may be at the same time.
  const replies = [await send(0), ...(await Promise.all([send(1), send(2)]))]
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201])
  await settle()
  await gamma.rings()
  expect(gamma.isSilent()).toBe(true)
  expect(ringback.calls).toHaveLength(2)
})

test('an application is called by its id in any spelling', async () => {
  const { alpha, gamma } = await startApplications()
  const outgoing = await alpha.calls({ bot: { applicationId: gamma.bot.applicationId.toUpperCase() } } as Application)
  expect(await outgoing.state()).toBe('establishing')
})

test('an application has the same name in the rosters of both calls', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  const calls = await connect(alpha, gamma)
  await calls[0].invite('amar')
  await ringback.person('amar').answers()
  await settle()
  const nameIn = async (call: (typeof calls)[number]) => {
    const applications = (await call.participants()).map(({ info }) => info.identity.application)
    return applications.find((application) => application?.id === gamma.bot.applicationId)?.displayName
  }
  expect([await nameIn(calls[0]), await nameIn(calls[1])]).toEqual(['gamma', 'gamma'])
})

test('the ladder of a call does not show the readings of the other one that change nothing', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  await connect(alpha, gamma)
  await ringback.advance('10s')
  await settle()
  const ladders = () => Promise.all(ringback.calls.map((call) => call.ladder()))
  const before = await ladders()
  for (let reading = 0; reading < 3; reading++) await ringback.advance('10s')
  expect(await ladders()).toEqual(before)
})

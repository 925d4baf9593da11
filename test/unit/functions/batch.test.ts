import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RateLimit } from '../../../shared/auth/rateLimit.js'
import { type FuzzWorld, newFuzzWorld } from '../../proof/fuzz/world.js'
import { seeded } from '../../proof/simulation/time.js'
import { registerFunctions, requestInProcess } from '../../support/inProcess.js'

let world: FuzzWorld
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => world.service,
}))
await registerFunctions()

beforeEach(async () => {
  world = await newFuzzWorld(seeded(1))
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function batch(requests: readonly object[]) {
  const body = Buffer.from(JSON.stringify({ requests }))
  const reply = await requestInProcess(world.token, { method: 'POST', path: '/v1.0/$batch', headers: {}, body })
  expect(reply.status).toBe(200)
  return (JSON.parse(reply.body) as { responses: { status: number; headers: object; body?: object }[] }).responses
}
const getCall = (id: string, more = {}) => {
  const [callId] = world.known.calls
  return { id, method: 'GET', url: `/communications/calls/${callId}`, ...more }
}

test('each request of a batch is in the event log as a request of its own, without secrets', async () => {
  await batch([getCall('1', { headers: { authorization: 'Bearer a-secret-of-the-bot' } })])
  const log = world.service.eventLog?.toNdjson() ?? ''
  const entries = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; name?: string; path?: string })
    .filter(({ type }) => type !== 'commit')
  expect(entries.map(({ type, name, path }) => [type, name, path])).toEqual([
    ['request', 'batch', '/v1.0/$batch'],
    ['request', 'call-get', `/v1.0/communications/calls/${world.known.calls[0]}`],
    ['reply', undefined, undefined],
    ['reply', undefined, undefined],
  ])
  expect(log).not.toContain('a-secret-of-the-bot')
})

test('each request of a batch counts against the rate limit of the application', async () => {
  const rateLimit = new RateLimit(world.service.tables, 10, () => world.service.clock.now())
  world = { ...world, service: { ...world.service, rateLimit } }
  // The first of ten is free (rateLimit.ts), and the batch itself is one.
  const responses = await batch(Array.from({ length: 12 }, (_, index) => getCall(String(index))))
  const refused = responses.filter(({ status }) => status === 429)
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(10)
  expect(refused).toHaveLength(2)
  expect(refused[0]).toMatchObject({ headers: { 'Retry-After': expect.any(String) } })
})

test('requests that a batch has not started after a minute are refused, so that the host does not end it', async () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const readCall = world.service.calls.read.bind(world.service.calls)
  vi.spyOn(world.service.calls, 'read').mockImplementation((callId) => {
    now += 31_000
    return readCall(callId)
  })
  const responses = await batch([
    getCall('1'),
    getCall('2', { dependsOn: ['1'] }),
    getCall('3', { dependsOn: ['2'] }),
    getCall('4', { dependsOn: ['3'] }),
  ])
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 503, 424])
  expect(responses[2]).toMatchObject({
    headers: { 'Retry-After': '1' },
    body: { error: { code: 'serviceNotAvailable' } },
  })
})

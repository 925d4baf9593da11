import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Endpoint } from '../../../../shared/http/endpoint.js'
import { registeredEndpoints } from '../../../../shared/http/registerEndpoint.js'
import { BODIES, baseName } from '../../../proof/fuzz/requests.js'
import { type FuzzWorld, newFuzzWorld } from '../../../proof/fuzz/world.js'
import { seeded } from '../../../proof/simulation/time.js'
import { askInProcess, registerFunctions } from '../../../support/inProcess.js'

// What belongs to another application is as if it were not there: on every endpoint, of which the list is the code's own.

let world: FuzzWorld
vi.mock('../../../../shared/service/service.js', async (original) => ({
  ...(await original<typeof import('../../../../shared/service/service.js')>()),
  getService: () => world.service,
}))
await registerFunctions()

beforeAll(async () => {
  world = await newFuzzWorld(seeded(1))
})

/** Whoever has these roles reaches the bots, people and deliveries of all. */
const isOperators = ({ permissions }: Endpoint) =>
  permissions !== 'open' &&
  permissions.flatMap((one) => ('anyOf' in one ? one.anyOf : [one])).some(([name]) => !name.startsWith('Calls.'))
const theirCall = () => world.known.calls[6] ?? ''
const body = (endpoint: Endpoint, random = seeded(7)) => {
  const example = BODIES[baseName(endpoint.name)]
  return example ? { body: Buffer.from(JSON.stringify(example(world.known, random))) } : {}
}
/** The path of an endpoint, with these ids in it and the first of the words that may stand there. */
const pathOf = ({ route }: Endpoint, ids: Record<string, string>) =>
  `/${route.text.replaceAll(/\{(\w+)(?::([^}|]+)[^}]*)?\}/g, (_, name: string, word?: string) => word ?? ids[name] ?? 'x')}`
const ask = async (endpoint: Endpoint, ids: Record<string, string>, token = world.token) => {
  const path = pathOf(endpoint, { applicationId: world.known.applicationId, ...ids })
  const answer = await askInProcess(token, { method: endpoint.method, path, headers: {}, ...body(endpoint) })
  // Of two refusals only the ids of the requests and the dates may differ.
  const text = answer.body.replaceAll(/"(request-id|client-request-id|date)":"[^"]*"/g, '"$1":""')
  return { status: answer.status, text }
}

const ofCalls = registeredEndpoints().filter((one) => one.route.text.includes('{callId}') && !isOperators(one))
const byName = (all: readonly Endpoint[]) => all.map((one) => [one.name, one] as const)

test('there are such endpoints', () => {
  expect(ofCalls.length).toBeGreaterThan(25)
})

test.each(byName(ofCalls))('%s: the call of another application is as one that never was', async (_, endpoint) => {
  const before = await world.dump()
  const ids = { operationId: world.known.operations[0] ?? '', participantId: world.known.participants[0] ?? '' }
  const theirs = await ask(endpoint, { ...ids, callId: theirCall() })
  expect(theirs).toEqual(await ask(endpoint, { ...ids, callId: randomUUID() }))
  expect(theirs).toMatchObject({ status: 404, text: expect.stringContaining('"code":"8522"') })
  expect(await world.dump()).toBe(before)
})

test.each(byName(ofCalls.filter(({ route }) => /\{(operation|participant)Id\}/.test(route.text))))(
  '%s: what is in the call of another application is not in ours',
  async (_, endpoint) => {
    const { call } = (await world.service.calls.read(theirCall())).record ?? {}
    const [own = ''] = world.known.calls
    const theirs = { participantId: call?.myParticipantId ?? '', operationId: call?.myParticipantId ?? '' }
    const unknown = randomUUID()
    const found = await ask(endpoint, { callId: own, ...theirs })
    expect(found.status).toBe(404)
    expect(found.text.replaceAll(theirs.participantId, '')).toBe(
      (await ask(endpoint, { callId: own, participantId: unknown, operationId: unknown })).text.replaceAll(unknown, ''),
    )
  },
)

test.each(byName(registeredEndpoints().filter(({ name }) => name.endsWith('-application'))))(
  '%s: under the id of another application there is nothing',
  async (_, endpoint) => {
    const before = await world.dump()
    const [, other = '', nobodys = ''] = world.known.applications
    const [callId = ''] = world.known.calls
    for (const applicationId of [other, nobodys]) {
      expect(await ask(endpoint, { callId, applicationId })).toMatchObject({ status: 404 })
    }
    expect(await world.dump()).toBe(before)
  },
)

test('a person cannot be moved out of the call of another application', async () => {
  const invite = registeredEndpoints().find(({ name }) => name === 'participant-invite') as Endpoint
  const [, , joined = ''] = world.known.calls
  const move = async (replacesCallId: string) => {
    const participants = [{ identity: { user: { id: 'ann' } }, replacesCallId }]
    const path = pathOf(invite, { callId: joined })
    const { status, body: text } = await askInProcess(world.token, {
      method: 'POST',
      path,
      headers: {},
      body: Buffer.from(JSON.stringify({ participants })),
    })
    return {
      status,
      message: (JSON.parse(text) as { error: { message: string } }).error.message.replace(replacesCallId, ''),
    }
  }
  const before = await world.dump()
  expect(await move(theirCall())).toEqual(await move(randomUUID()))
  expect(await move(theirCall())).toMatchObject({ status: 400 })
  expect(await world.dump()).toBe(before)
})

test.each(byName(registeredEndpoints().filter(isOperators)))(
  '%s is for operators: no role for calls opens it',
  async (_, endpoint) => {
    const { applicationId, tenantId, calls, people } = world.known
    const roles = ['Initiate', 'InitiateGroupCall', 'JoinGroupCall', 'JoinGroupCallAsGuest', 'AccessMedia'].map(
      (one) => `Calls.${one}.All`,
    )
    const token = await world.service.accessTokens.issue({
      baseUrl: 'http://localhost',
      applicationId,
      tenant: tenantId,
      roles,
    })
    const before = await world.dump()
    const answer = await ask(endpoint, { callId: calls[0] ?? '', userId: people[0] ?? '' }, token)
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('"code":"7504"') })
    expect(await world.dump()).toBe(before)
  },
)

/** Answering asks for a role only where the call is a meeting. */
const ofApplications = registeredEndpoints().filter(
  (one) =>
    one.permissions !== 'open' &&
    !isOperators(one) &&
    one.permissions.length > 0 &&
    baseName(one.name) !== 'call-answer',
)

test.each(byName(ofApplications))('%s is for applications: no role of operators opens it', async (_, endpoint) => {
  const { applicationId, tenantId, calls } = world.known
  const roles = ['Bots.ReadWrite.All', 'Simulator.Control', 'Deliveries.ReadWrite.All']
  const token = await world.service.accessTokens.issue({
    baseUrl: 'http://localhost',
    applicationId,
    tenant: tenantId,
    roles,
  })
  expect(await ask(endpoint, { callId: calls[2] ?? '' }, token)).toMatchObject({ status: 403 })
})

import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Endpoint } from '../../../shared/http/endpoint.js'
import { baseNameOf, registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import { BODIES } from '../../proof/fuzz/requests.js'
import { type FuzzWorld, newFuzzWorld } from '../../proof/fuzz/world.js'
import { seeded } from '../../proof/simulation/time.js'
import { isForOperators, listCallEndpoints, makePath, withNames, withoutRequestIds } from '../../support/endpoints.js'
import { registerFunctions, requestInProcess } from '../../support/inProcess.js'

// What belongs to another application looks as if it did not exist, on every endpoint. The code provides the endpoints.

let world: FuzzWorld
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => world.service,
}))
await registerFunctions()

beforeAll(async () => {
  world = await newFuzzWorld(seeded(1))
})

const getForeignCall = () => world.known.calls[6] ?? ''
const makeBody = (endpoint: Endpoint, random = seeded(7)) => {
  const example = BODIES[baseNameOf(endpoint.name)]
  return example ? { body: Buffer.from(JSON.stringify(example(world.known, random))) } : {}
}
const sendTo = async (endpoint: Endpoint, ids: Record<string, string>, token = world.token) => {
  const path = makePath(endpoint, { applicationId: world.known.applicationId, ...ids })
  const reply = await requestInProcess(token, { method: endpoint.method, path, headers: {}, ...makeBody(endpoint) })
  return { status: reply.status, text: withoutRequestIds(reply.body) }
}

const callEndpoints = listCallEndpoints()

test('more than 25 endpoints contain the id of a call', () => {
  expect(callEndpoints.length).toBeGreaterThan(25)
})

test.each(withNames(callEndpoints))(
  '%s: the call of another application looks like a call that never existed',
  async (_, endpoint) => {
    const before = await world.dump()
    const { operations, participants, sessions } = world.known
    const ids = {
      operationId: operations[0] ?? '',
      participantId: participants[0] ?? '',
      contentSharingSessionId: sessions[0] ?? '',
    }
    const foreign = await sendTo(endpoint, { ...ids, callId: getForeignCall() })
    expect(foreign).toEqual(await sendTo(endpoint, { ...ids, callId: randomUUID() }))
    expect(foreign).toMatchObject({ status: 404, text: expect.stringContaining('"code":"8522"') })
    expect(await world.dump()).toBe(before)
  },
)

test.each(withNames(callEndpoints.filter(({ route }) => /\{(operation|participant)Id\}/.test(route.text))))(
  '%s: an id from the call of another application is not found in a call of the caller',
  async (_, endpoint) => {
    const { call } = (await world.service.calls.read(getForeignCall())).record ?? {}
    // An established call, because some actions on participants are refused before.
    const [, , own = ''] = world.known.calls
    const foreignIds = { participantId: call?.myParticipantId ?? '', operationId: call?.myParticipantId ?? '' }
    const unknown = randomUUID()
    const found = await sendTo(endpoint, { callId: own, ...foreignIds })
    expect(found.status).toBe(404)
    expect(found.text.replaceAll(foreignIds.participantId, '')).toBe(
      (await sendTo(endpoint, { callId: own, participantId: unknown, operationId: unknown })).text.replaceAll(
        unknown,
        '',
      ),
    )
  },
)

test.each(withNames(registeredEndpoints().filter(({ name }) => name.endsWith('-application'))))(
  '%s: the id of another application returns 404 and changes nothing',
  async (_, endpoint) => {
    const before = await world.dump()
    const [, other = '', unknown = ''] = world.known.applications
    const [callId = ''] = world.known.calls
    for (const applicationId of [other, unknown]) {
      expect(await sendTo(endpoint, { callId, applicationId })).toMatchObject({ status: 404 })
    }
    expect(await world.dump()).toBe(before)
  },
)

test('a batch reaches the call of another application no more than a request of its own', async () => {
  const before = await world.dump()
  const ask = async (callId: string) => {
    const requests = ['GET', 'DELETE'].map((method) => ({ id: method, method, url: `/communications/calls/${callId}` }))
    const body = Buffer.from(JSON.stringify({ requests }))
    const reply = await requestInProcess(world.token, { method: 'POST', path: '/v1.0/$batch', headers: {}, body })
    return withoutRequestIds(reply.body)
  }
  const foreign = await ask(getForeignCall())
  expect(foreign).toBe(await ask(randomUUID()))
  expect(foreign.match(/"code":"8522"/g)).toHaveLength(2)
  expect(await world.dump()).toBe(before)
})

test('the record of a call of another tenant looks like a record that never existed', async () => {
  const [, , , , , ended = ''] = world.known.calls
  const endpoint = registeredEndpoints().find(({ name }) => name === 'call-record-get') as Endpoint
  const { access_token: token } = await world.service.accessTokens.issue({
    baseUrl: 'http://localhost',
    applicationId: world.known.applicationId,
    tenant: randomUUID(),
  })
  expect(await sendTo(endpoint, { callRecordId: ended })).toMatchObject({ status: 200 })
  const foreign = await sendTo(endpoint, { callRecordId: ended }, token)
  expect(foreign).toEqual(await sendTo(endpoint, { callRecordId: randomUUID() }, token))
  expect(foreign).toMatchObject({ status: 404 })
  const list = registeredEndpoints().find(({ name }) => name === 'call-record-list') as Endpoint
  expect((await sendTo(list, {})).text).toContain(ended)
  expect((await sendTo(list, {}, token)).text).toContain('"value":[]')
})

test('an invitation cannot replace a participant of the call of another application', async () => {
  const invite = registeredEndpoints().find(({ name }) => name === 'participant-invite') as Endpoint
  const [, , joined = ''] = world.known.calls
  const replace = async (replacesCallId: string) => {
    const participants = [{ identity: { user: { id: 'ann' } }, replacesCallId }]
    const path = makePath(invite, { callId: joined })
    const { status, body: text } = await requestInProcess(world.token, {
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
  expect(await replace(getForeignCall())).toEqual(await replace(randomUUID()))
  expect(await replace(getForeignCall())).toMatchObject({ status: 400 })
  expect(await world.dump()).toBe(before)
})

test.each(withNames(registeredEndpoints().filter(isForOperators)))(
  '%s is for operators: no role for calls gives access to it',
  async (_, endpoint) => {
    const { applicationId, tenantId, calls, people } = world.known
    const roles = ['Initiate', 'InitiateGroupCall', 'JoinGroupCall', 'JoinGroupCallAsGuest', 'AccessMedia'].map(
      (role) => `Calls.${role}.All`,
    )
    const { access_token: token } = await world.service.accessTokens.issue({
      baseUrl: 'http://localhost',
      applicationId,
      tenant: tenantId,
      roles,
    })
    const before = await world.dump()
    const reply = await sendTo(endpoint, { callId: calls[0] ?? '', userId: people[0] ?? '' }, token)
    expect(reply).toMatchObject({ status: 403, text: expect.stringContaining('"code":"7504"') })
    expect(await world.dump()).toBe(before)
  },
)

/** call-answer is left out, because it needs a role only when the call is a meeting. */
const applicationEndpoints = registeredEndpoints().filter(
  (endpoint) =>
    endpoint.permissions !== 'open' &&
    !isForOperators(endpoint) &&
    endpoint.permissions.length > 0 &&
    baseNameOf(endpoint.name) !== 'call-answer',
)

test.each(withNames(applicationEndpoints))(
  '%s is for applications: no role of operators gives access to it',
  async (_, endpoint) => {
    const { applicationId, tenantId, calls } = world.known
    const roles = ['Bots.ReadWrite.All', 'Simulator.Control', 'Deliveries.ReadWrite.All']
    const { access_token: token } = await world.service.accessTokens.issue({
      baseUrl: 'http://localhost',
      applicationId,
      tenant: tenantId,
      roles,
    })
    expect(await sendTo(endpoint, { callId: calls[2] ?? '' }, token)).toMatchObject({ status: 403 })
  },
)

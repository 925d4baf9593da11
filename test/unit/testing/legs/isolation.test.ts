import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { loadFunctions } from '../../../../embedded/functions.js'
import type { Endpoint } from '../../../../shared/http/endpoint.js'
import { baseNameOf } from '../../../../shared/http/registerEndpoint.js'
import { BODIES, type Known } from '../../../proof/fuzz/requests.js'
import { seeded } from '../../../proof/simulation/time.js'
import { listCallEndpoints, makePath, withNames, withoutRequestIds } from '../../../support/endpoints.js'
import {
  type Application,
  type ApplicationCall,
  type Applications,
  connect,
  meet,
  startApplications,
} from './applications.js'

// An application reaches nothing of the calls of the applications that it talks to. The code provides the endpoints.

await loadFunctions()

/** A call of an application, and one of another application that is linked with it. */
interface LinkedCalls {
  readonly own: ApplicationCall
  readonly foreign: ApplicationCall
}
let applications: Applications
let connected: LinkedCalls
let inMeeting: LinkedCalls
let ringing: LinkedCalls

beforeAll(async () => {
  // The applications have until the end of the test to answer.
  let stop = async () => {}
  const settings = { ANSWER_TIMEOUT_MS: 600_000, RING_TIMEOUT_MS: 600_000 }
  applications = await startApplications(settings, (stopService) => {
    stop = stopService
  })
  const { ringback, alpha, beta, gamma, settle } = applications
  const [outgoing, incoming] = await connect(alpha, beta)
  const meeting = await meet(alpha, gamma)
  await ringback.person('amar').joins(meeting[0].id)
  await ringback.person('amar').shares()
  await settle()
  connected = { own: outgoing, foreign: incoming }
  inMeeting = { own: meeting[1], foreign: meeting[0] }
  ringing = { foreign: await alpha.calls(beta), own: await beta.rings() }
  return stop
})

/** All that an application can see of its call. */
async function readCall(call: ApplicationCall): Promise<unknown> {
  const paths = ['', '/participants', '/contentSharingSessions', '/audioRoutingGroups']
  const replies = await Promise.all(paths.map(async (path) => (await call.request('GET', path)).text()))
  return [...replies.map(withoutRequestIds), call.flow()]
}

async function sendTo(application: Application, endpoint: Endpoint, callId: string, foreign: ApplicationCall) {
  const [participant] = await foreign.participants()
  const ids = {
    callId,
    participantId: participant?.id ?? randomUUID(),
    operationId: randomUUID(),
    contentSharingSessionId: randomUUID(),
  }
  const known: Known = {
    applicationId: application.bot.applicationId,
    tenantId: application.bot.tenantId,
    callbackUri: application.bot.callbackUrl,
    calls: [callId],
    operations: [ids.operationId],
    participants: [ids.participantId],
    sessions: [randomUUID()],
    applications: [application.bot.applicationId],
    people: ['amar', 'nora', 'zoe'],
  }
  const path = makePath(endpoint, { ...ids, applicationId: application.bot.applicationId })
  const body = BODIES[baseNameOf(endpoint.name)]?.(known, seeded(7))
  const response = await application.request(endpoint.method, path, body)
  return { status: response.status, text: withoutRequestIds(await response.text()) }
}

test.each(withNames(listCallEndpoints()))(
  '%s: the call of another application in the conversation looks like a call that never existed',
  async (_, endpoint) => {
    const pairs = [connected, inMeeting, ringing]
    const readAll = () => Promise.all(pairs.flatMap(({ own, foreign }) => [readCall(own), readCall(foreign)]))
    const before = await readAll()
    for (const { own, foreign } of pairs) {
      const reply = await sendTo(own.application, endpoint, foreign.id, foreign)
      expect(reply).toMatchObject({ status: 404, text: expect.stringContaining('"code":"8522"') })
      expect(reply).toEqual(await sendTo(own.application, endpoint, randomUUID(), foreign))
    }
    await applications.settle()
    expect(await readAll()).toEqual(before)
  },
)

test('a batch reaches the call of another application no more than a request of its own', async () => {
  const { own, foreign } = inMeeting
  const before = [await readCall(own), await readCall(foreign)]
  const ask = async (callId: string) => {
    const url = `/communications/calls/${callId}`
    const requests = [
      { id: '1', method: 'GET', url },
      { id: '2', method: 'GET', url: `${url}/participants` },
      { id: '3', method: 'DELETE', url },
    ]
    return withoutRequestIds(await (await own.application.request('POST', '/v1.0/$batch', { requests })).text())
  }
  const reply = await ask(foreign.id)
  expect(reply.match(/"code":"8522"/g)).toHaveLength(3)
  expect(reply).toBe(await ask(randomUUID()))
  expect([await readCall(own), await readCall(foreign)]).toEqual(before)
})

test('no invitation or transfer replaces a participant of the call of another application', async () => {
  const { own, foreign } = inMeeting
  const before = [await readCall(own), await readCall(foreign)]
  const replace = async (replacesCallId: string) => {
    const participants = [{ identity: { user: { id: 'amar' } }, replacesCallId }]
    const invited = await own.request('POST', '/participants/invite', { participants })
    const [transferTarget] = participants
    const transferee = { identity: { user: { id: 'amar' } } }
    const transferred = await own.request('POST', '/transfer', { transferTarget, transferee })
    const texts = [await invited.text(), await transferred.text()]
    return {
      statuses: [invited.status, transferred.status],
      texts: texts.map((text) => withoutRequestIds(text).replaceAll(replacesCallId, '')),
    }
  }
  const refused = await replace(foreign.id)
  expect(refused.statuses).toEqual([400, 400])
  expect(refused).toEqual(await replace(randomUUID()))
  expect([await readCall(own), await readCall(foreign)]).toEqual(before)
})

test('lists of calls and of notifications need roles of operators, and call records those of a tenant', async () => {
  const { own, foreign } = inMeeting
  const roles = ['Calls.Initiate.All', 'Calls.InitiateGroupCall.All', 'Calls.JoinGroupCall.All']
  const Authorization = `Bearer ${await own.application.bot.token(roles)}`
  const paths = [
    '/v1.0/communications/calls',
    `/deliveries?callId=${foreign.id}`,
    `/v1.0/communications/callRecords/${foreign.id}`,
    '/v1.0/communications/callRecords',
    '/inspector/calls',
    `/inspector/calls/${foreign.id}`,
  ]
  for (const path of paths) {
    const response = await applications.ringback.fetch(path, { headers: { Authorization } })
    expect(response.status, path).toBe(403)
  }
})

/** All that can identify a call of another application: its id in both spellings, and where its notifications go. */
const secretsOf = (call: ApplicationCall): string[] => [
  call.id,
  call.id.replaceAll('-', '').toUpperCase(),
  call.application.bot.callbackUrl,
]

/** Plays a conversation in which each of the three applications has several calls. Returns all calls. */
async function converse({ ringback, alpha, beta, gamma, settle }: Applications): Promise<ApplicationCall[]> {
  const calls: ApplicationCall[] = []
  const ring = async (application: Application) => {
    const call = await application.rings()
    calls.push(call)
    return call
  }
  const connected = await connect(alpha, beta)
  const meeting = await meet(alpha, beta, gamma)
  calls.push(...connected, ...meeting)
  await ringback.person('amar').joins(meeting[1].id)
  await settle()
  for (const call of meeting) await call.act('subscribeToTone')
  await ringback.person('amar').presses('1')
  await ringback.person('amar').shares()
  await meeting[0].mute('beta')
  await meeting[2].mute('amar')
  await meeting[1].act('updateRecordingStatus', { status: 'recording' })
  await connected[0].invite(gamma)
  const invited = await ring(gamma)
  await invited.answer()
  await connected[1].invite('nora')
  await ringback.person('nora').answers()
  await settle()
  for (const call of calls) await readCall(call)
  await connected[0].hangUp()
  await meeting[2].remove('beta')
  const redirected = await alpha.calls(beta)
  calls.push(redirected)
  await (await ring(beta)).redirect(gamma)
  const last = await ring(gamma)
  await last.answer()
  await last.transfer(beta)
  await (await ring(beta)).answer()
  const rejected = await beta.calls(alpha)
  calls.push(rejected)
  await (await ring(alpha)).reject('busy')
  for (const call of calls) await readCall(call)
  for (const call of calls) if ((await call.state()) !== 'gone') await call.hangUp()
  return calls
}

test('nothing that an application gets names the call or the callback of another one', async () => {
  const conversation = await startApplications()
  const calls = await converse(conversation)
  const { alpha, beta, gamma } = conversation
  // The records of its own calls, too.
  for (const call of calls) await call.application.request('GET', `/v1.0/communications/callRecords/${call.id}`)
  for (const application of [alpha, beta, gamma]) {
    const own = calls.filter((call) => call.application === application)
    const seen = application.seen.join('\n')
    expect(own.length, application.name).toBeGreaterThanOrEqual(3)
    for (const call of own) expect(secretsOf(call).some((secret) => seen.includes(secret))).toBe(true)
    const foreign = calls.filter((call) => call.application !== application)
    const leaked = foreign.filter((call) => secretsOf(call).some((secret) => seen.includes(secret)))
    expect(
      leaked.map(({ application: { name }, id }) => `${name} ${id}`),
      `seen by ${application.name}`,
    ).toEqual([])
  }
})

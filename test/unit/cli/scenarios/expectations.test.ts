import { describe, expect, test } from 'vitest'
import { checkExpectation, isAction, type Observation, type Outcome } from '../../../../cli/scenarios/expectations.js'
import type { Expectation } from '../../../../cli/scenarios/schema.js'
import type { Entry, ListedEntry } from '../../../../shared/inspection/entries.js'
import type { PersonOfCall } from '../../../../shared/inspection/views.js'

const CALL = '623281ac-fac0-4d4f-adae-893dab64bdb0'
const NEW_CALL = '723281ac-fac0-4d4f-adae-893dab64bdb0'
const CAST = { megan: { id: 'M-1', name: 'Megan Bowen' }, heidi: { id: 'h-2', name: 'Heidi Steen' } }

type Details<T extends Entry['type']> = Partial<Extract<ListedEntry, { type: T }>>

const request = (number: number, path: string, details: Details<'request'> = {}): ListedEntry => ({
  type: 'request',
  number,
  at: number * 100,
  name: 'call-action',
  method: 'POST',
  path: `/v1.0/communications/calls/${CALL}/${path}`,
  callId: CALL,
  ...details,
})
const reply = (number: number, to: number, details: Details<'reply'> = {}): ListedEntry => ({
  type: 'reply',
  number,
  at: number * 100,
  request: to,
  status: 200,
  durationMs: 5,
  callId: CALL,
  ...details,
})
const commit = (number: number, details: Details<'commit'>): ListedEntry => ({
  type: 'commit',
  number,
  at: number * 100,
  command: 'answer',
  from: 'incoming',
  to: 'established',
  callId: CALL,
  ...details,
})
const attempt = (number: number, sequence: number, details: Details<'attempt'> = {}): ListedEntry => ({
  type: 'attempt',
  number,
  at: number * 100,
  sequence,
  summary: 'updated call established',
  url: 'http://127.0.0.1/',
  durationMs: 3,
  status: 202,
  callId: CALL,
  ...details,
})
const person = (id: string, state: PersonOfCall['state'] = 'inCall'): PersonOfCall => ({
  identity: { kind: 'user', id, displayName: 'A name' },
  participantId: `p-${id}`,
  state,
  isMuted: false,
  isSharing: false,
  isOnHold: false,
  modalities: [],
})

function observe(entries: readonly ListedEntry[], details: Partial<Observation> = {}): Observation {
  return {
    call: { state: 'established', people: [] },
    entries,
    botEntries: entries,
    since: 0,
    used: new Set(),
    bodies: new Map(),
    rosters: new Map(),
    ...details,
  }
}

const check = (
  expectation: Expectation,
  entries: readonly ListedEntry[],
  details: Partial<Observation> = {},
): Outcome => checkExpectation(expectation, observe(entries, details), CAST)

describe('a state', () => {
  test('is met by the state of the call', () => {
    expect(check({ state: 'established' }, [])).toEqual({ isMet: true })
    expect(check({ state: 'transferring' }, [])).toEqual({ isMet: false, closest: 'the call is established' })
  })

  test('is met when the call has passed through it since the previous step, but not before', () => {
    const entries = [commit(5, { to: 'transferring', from: 'established' })]
    expect(check({ state: 'transferring' }, entries, { since: 4 }).isMet).toBe(true)
    expect(check({ state: 'transferring' }, entries, { since: 5 }).isMet).toBe(false)
  })

  test('is not met without a call', () => {
    expect(check({ state: 'established' }, [], { call: undefined })).toEqual({ isMet: false, closest: undefined })
  })
})

describe('participants', () => {
  const participants = ['megan', 'heidi']

  test('are exactly the people in the call, whatever the case of their ids', () => {
    const people = [person('m-1'), person('H-2')]
    expect(check({ participants }, [], { call: { state: 'established', people } }).isMet).toBe(true)
    expect(check({ participants: ['megan'] }, [], { call: { state: 'established', people } })).toEqual({
      isMet: false,
      closest: 'in the call: megan, heidi',
    })
  })

  test('do not include those who ring or wait in the lobby', () => {
    const people = [person('m-1'), person('h-2', 'inLobby'), person('x', 'ringing')]
    expect(check({ participants: ['megan'] }, [], { call: { state: 'established', people } }).isMet).toBe(true)
    expect(check({ lobby: ['heidi'] }, [], { call: { state: 'established', people } }).isMet).toBe(true)
    expect(check({ lobby: [] }, [], { call: { state: 'established', people } }).isMet).toBe(false)
  })

  test('may have been in a roster that the bot was notified of since the previous step', () => {
    const rosters = new Map([[4, { inCall: ['m-1', 'h-2'], inLobby: [] }]])
    const entries = [attempt(9, 4, { summary: 'updated participants 3' })]
    const call = { state: 'terminated', people: [] } as const
    expect(check({ participants }, entries, { call, rosters, since: 8 }).isMet).toBe(true)
    expect(check({ participants }, entries, { call, rosters, since: 9 })).toEqual({
      isMet: false,
      closest: 'in the call: no person',
    })
  })
})

describe('a request', () => {
  const entries = [request(1, 'playPrompt'), reply(2, 1), request(3, 'participants/invite'), reply(4, 3)]

  test('is met by its action, with or without the method', () => {
    for (const action of ['participants/invite', 'POST participants/invite', 'post Participants/Invite']) {
      expect(check({ request: action }, entries)).toEqual({ isMet: true, uses: 'request 3', callId: CALL })
    }
    expect(check({ request: 'DELETE participants/invite' }, entries).isMet).toBe(false)
  })

  test('meets one expectation only', () => {
    expect(check({ request: 'playPrompt' }, entries, { used: new Set(['request 1']) })).toEqual({
      isMet: false,
      closest: 'POST playPrompt, 200',
      at: 100,
    })
  })

  test('that is not answered yet or was refused is not met, and is the closest event', () => {
    expect(check({ request: 'answer' }, [request(1, 'answer')])).toEqual({
      isMet: false,
      closest: 'POST answer, no reply yet',
      at: 100,
    })
    const refused = [request(1, 'answer'), reply(2, 1, { status: 409, code: 'notAllowed' }), request(3, 'mute')]
    expect(check({ request: 'answer' }, refused)).toMatchObject({ closest: 'POST answer, 409 notAllowed' })
    expect(check({ request: { action: 'answer', status: 409 } }, refused).isMet).toBe(true)
    expect(check({ request: 'transfer' }, refused)).toMatchObject({ closest: 'POST mute, no reply yet' })
  })

  test('is met only with the properties of its body', () => {
    const expected = { request: { action: 'playPrompt', body: { clientContext: 'x' } } }
    expect(check(expected, entries, { bodies: new Map([[1, { clientContext: 'x', prompts: [] }]]) }).isMet).toBe(true)
    expect(check(expected, entries, { bodies: new Map([[1, { clientContext: 'y' }]]) }).isMet).toBe(false)
    expect(check(expected, entries).isMet).toBe(false)
  })

  test('that creates a call belongs to another call, which it names', () => {
    const creation = [
      request(5, '', { path: '/v1.0/communications/calls' }),
      reply(6, 5, { status: 201, callId: NEW_CALL }),
    ]
    const details = { botEntries: [...entries, ...creation] }
    expect(check({ request: 'POST calls' }, entries, details)).toMatchObject({ isMet: true, callId: NEW_CALL })
    expect(check({ request: 'calls' }, entries).isMet).toBe(false)
  })

  test('of a person or an operator is none of the bot', () => {
    const path = '/simulator/people/m-1/answer'
    expect(check({ request: 'answer' }, [request(1, '', { path, name: 'simulator-person-act' }), reply(2, 1)])).toEqual(
      {
        isMet: false,
        closest: 'the bot has sent no request',
      },
    )
  })
})

test('an action may have any segment in place of *', () => {
  const mute = request(1, 'participants/01dc63df-a950-44eb-971c-e18d0852c1f3/mute')
  if (mute.type !== 'request') throw new Error('expected a request')
  expect(isAction(mute, 'participants/*/mute')).toBe(true)
  expect(isAction(mute, 'participants/*')).toBe(false)
  expect(isAction(mute, 'participants/*/unmute')).toBe(false)
  expect(isAction({ ...mute, method: 'DELETE', path: `/app/calls/${CALL}` }, 'DELETE call')).toBe(true)
})

describe('a notification', () => {
  const failed = { status: 503, nextAttemptAt: 2_000 }

  test('is met once it is delivered, with the attempts that it took', () => {
    const pending = [attempt(1, 3, failed)]
    expect(check({ notification: 'updated call' }, pending)).toEqual({
      isMet: false,
      closest: '#3 updated call established, pending after 1 attempt: 503, retry in 1.9 s',
      at: 100,
    })
    const delivered = [...pending, attempt(2, 3)]
    expect(check({ notification: 'updated call established' }, delivered)).toEqual({
      isMet: true,
      uses: `notification 3 of ${CALL}`,
    })
    expect(check({ notification: { sequence: 3, attempts: 2 } }, delivered).isMet).toBe(true)
    expect(check({ notification: { sequence: 3, attempts: 1 } }, delivered).isMet).toBe(false)
    expect(check({ notification: { sequence: 2 } }, delivered).isMet).toBe(false)
    expect(check({ notification: 'deleted call' }, delivered).isMet).toBe(false)
  })

  test('meets one expectation only, and one that the page sent again counts once', () => {
    const entries = [attempt(1, 3), attempt(2, 3, { isResend: true }), attempt(3, 4)]
    const used = new Set([`notification 3 of ${CALL}`])
    expect(check({ notification: 'updated call' }, entries, { used })).toMatchObject({
      uses: `notification 4 of ${CALL}`,
    })
    expect(check({ notification: { sequence: 3, attempts: 1 } }, entries).isMet).toBe(true)
  })

  test('can be expected to be pending or dead-lettered', () => {
    const entries: ListedEntry[] = [
      attempt(1, 3, failed),
      { type: 'deadLetter', number: 2, at: 200, sequence: 3, reason: 'refused', isRest: true, callId: CALL },
    ]
    expect(check({ notification: { sequence: 3, delivery: 'pending' } }, entries.slice(0, 1)).isMet).toBe(true)
    expect(check({ notification: { sequence: 3, delivery: 'pending' } }, entries).isMet).toBe(false)
    expect(check({ notification: { sequence: 3, delivery: 'deadLettered' } }, entries).isMet).toBe(true)
  })
})

test('an end reason is met by that of the call, and cannot be met after another one', () => {
  expect(check({ endReason: 'hungUp' }, [])).toEqual({ isMet: false, closest: 'the call is established' })
  const call = { state: 'terminated', people: [], endReason: 'declined' } as const
  expect(check({ endReason: 'declined' }, [], { call }).isMet).toBe(true)
  expect(check({ endReason: 'hungUp' }, [], { call })).toEqual({
    isMet: false,
    closest: 'the call ended: declined',
    isFinal: true,
  })
})

test('no refused requests is about all requests of the bot', () => {
  const fine = [request(1, 'answer'), reply(2, 1)]
  expect(check({ noRefusedRequests: true }, fine)).toEqual({ isMet: true })
  const botEntries = [...fine, request(3, 'transfer'), reply(4, 3, { status: 403, code: '7503' })]
  expect(check({ noRefusedRequests: true }, fine, { botEntries })).toEqual({
    isMet: false,
    closest: 'POST transfer, 403 7503',
    at: 300,
    isFinal: true,
  })
})

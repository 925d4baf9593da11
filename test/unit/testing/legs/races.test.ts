import { expect, test } from 'vitest'
import {
  type Application,
  type ApplicationCall,
  connect,
  expectRosters,
  meet,
  startApplications,
} from './applications.js'

// What two applications do at the same time. A race is played several times, because either can be first.

const ROUNDS = 5

/** Plays a race again and again. */
async function repeat(play: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await play()
}

const sendInvitation = (call: ApplicationCall, identity: object): Promise<Response> =>
  call.request('POST', '/participants/invite', { participants: [{ identity }] })
const identityOf = ({ bot }: Application) => ({ application: { id: bot.applicationId } })

test('the caller hangs up while the other application answers: both calls end', () =>
  repeat(async () => {
    const { alpha, gamma, settle } = await startApplications()
    const outgoing = await alpha.calls(gamma)
    const incoming = await gamma.rings()
    await Promise.all([incoming.answer().catch(() => undefined), outgoing.request('DELETE')])
    await settle()
    expect([outgoing.end(), incoming.end()]).toEqual(['200/7000', '200/4521'])
  }))

test('both hang up: each call ends for its own reason', () =>
  repeat(async () => {
    const { alpha, gamma, settle } = await startApplications()
    const calls = await connect(alpha, gamma)
    await Promise.all(calls.map((call) => call.request('DELETE')))
    await settle()
    for (const call of calls) {
      expect(await call.state()).toBe('gone')
      expect(['200/7000', '200/4521']).toContain(call.end())
    }
  }))

test('both invite a person: all are in one group call', () =>
  repeat(async () => {
    const { ringback, alpha, beta, settle } = await startApplications()
    const calls = await connect(alpha, beta)
    await Promise.all(calls.map((call, index) => sendInvitation(call, { user: { id: index === 0 ? 'amar' : 'nora' } })))
    await Promise.all([ringback.person('amar').answers(), ringback.person('nora').answers()])
    await settle()
    await expectRosters(calls, ['alpha', 'amar', 'beta', 'nora'])
  }))

test('three applications join a meeting: each sees the others', () =>
  repeat(async () => {
    const { ringback, alpha, beta, gamma } = await startApplications()
    const calls = await Promise.all([alpha.joins(), beta.joins(), gamma.joins()])
    // A call that was in the index before it existed is found at the next reading.
    await ringback.advance('11s')
    await expectRosters(calls, ['alpha', 'beta', 'gamma'])
  }))

test('two share content: none or one goes on, and all see the same', () =>
  repeat(async () => {
    const { ringback, alpha, beta, settle } = await startApplications()
    const calls = await meet(alpha, beta)
    await ringback.person('amar').joins(calls[0].id)
    await ringback.person('nora').joins(calls[1].id)
    await settle()
    await Promise.all([ringback.person('amar').shares(), ringback.person('nora').shares()])
    await settle()
    const [first, second] = await Promise.all(calls.map((call) => call.presenters()))
    expect(first?.length).toBeLessThanOrEqual(1)
    expect(second).toEqual(first)
  }))

test('two applications remove each other: one or both have left, and all agree', () =>
  repeat(async () => {
    const { alpha, beta, gamma, settle } = await startApplications()
    const [first, second, third] = await meet(alpha, beta, gamma)
    // The second request is refused when its call has ended.
    await Promise.allSettled([first.remove('beta'), second.remove('alpha')])
    await settle()
    const states = await Promise.all([first.state(), second.state()])
    const present = [first, second].filter((_, index) => states[index] !== 'gone')
    expect(present.length).toBeLessThanOrEqual(1)
    await expectRosters([...present, third], [...present.map(({ application }) => application.name), 'gamma'])
  }))

test('two applications leave a meeting: none of their people is left who is in no call', () =>
  repeat(async () => {
    const { ringback, alpha, beta, gamma, settle } = await startApplications()
    const [first, second, third] = await meet(alpha, beta, gamma)
    await ringback.person('amar').joins(first.id)
    await ringback.person('nora').joins(second.id)
    await settle()
    await Promise.all([first.request('DELETE'), second.request('DELETE')])
    await ringback.advance('30s')
    for (const name of await third.roster()) {
      if (name !== 'gamma') await ringback.person(name).leaves({ within: '50ms' })
    }
    await settle()
    expect(await third.roster()).toEqual(['gamma'])
  }))

test('both invite an application: all four are in one group call', () =>
  repeat(async () => {
    const { alpha, beta, gamma, register, settle } = await startApplications()
    const delta = await register('delta', 'communications')
    const calls = await connect(alpha, beta)
    await Promise.all([sendInvitation(calls[0], identityOf(gamma)), sendInvitation(calls[1], identityOf(delta))])
    const invited = [await gamma.rings(), await delta.rings()]
    for (const call of invited) await call.answer()
    await settle()
    await expectRosters([...calls, ...invited], ['alpha', 'beta', 'delta', 'gamma'])
  }))

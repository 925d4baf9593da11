import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Application, connect, expectRosters, meet, startApplications } from './applications.js'

// An application invites another one into its call, which thereby becomes a group call.

/** An application calls Amar, who answers. */
async function callAmar({ ringback, alpha, settle }: Awaited<ReturnType<typeof startApplications>>) {
  const call = await alpha.calls('amar')
  await ringback.person('amar').answers()
  await settle()
  return call
}

test('an application that is invited to a call with a person answers, and all are in a group call', async () => {
  const applications = await startApplications()
  const { alpha, beta } = applications
  const call = await callAmar(applications)
  await call.invite(beta)
  const incoming = await beta.rings()
  expect(call.operations()).toEqual([])
  await incoming.answer()
  await expectRosters([call, incoming], ['alpha', 'amar', 'beta'])
  expect(call.operations()).toEqual(['completed 200/0'])
  const [created] = beta.bot.notifications
  expect(created?.body.value[0].resourceData.source.identity.application.id).toBe(alpha.bot.applicationId)
})

test.each([
  ['busy', '486'],
  ['forbidden', '403'],
  ['none', '603'],
])('an application rejects an invitation with %s, and the call goes on', async (reason, code) => {
  const applications = await startApplications()
  const call = await callAmar(applications)
  await call.invite(applications.beta)
  await (await applications.beta.rings()).reject(reason)
  expect(call.operations()).toEqual([`failed ${code}/0`])
  expect(await call.state()).toBe('established')
})

test('an application that does not answer an invitation is unreachable', async () => {
  const applications = await startApplications()
  const call = await callAmar(applications)
  await call.invite(applications.gamma)
  const incoming = await applications.gamma.rings()
  await applications.ringback.advance('16s')
  expect(call.operations()).toEqual(['failed 480/10076'])
  expect(incoming.end()).toBe('480/10076')
  expect(await call.state()).toBe('established')
})

test('the ring timeout ends the call of an invited application', async () => {
  const applications = await startApplications({ RING_TIMEOUT_MS: 5_000 })
  const call = await callAmar(applications)
  await call.invite(applications.gamma)
  const incoming = await applications.gamma.rings()
  await applications.ringback.advance('6s')
  expect(call.operations()).toEqual(['failed 480/10076'])
  expect([await incoming.state(), incoming.end()]).toEqual(['gone', '200/4521'])
})

test('an application that is not registered cannot be invited', async () => {
  const applications = await startApplications()
  const call = await callAmar(applications)
  await call.invite({ bot: { applicationId: randomUUID() } } as Application)
  expect(call.operations()).toEqual(['failed 480/10076'])
  expect(await call.state()).toBe('established')
})

test('the call of an invited application ends when the inviting one hangs up', async () => {
  const applications = await startApplications()
  const call = await callAmar(applications)
  await call.invite(applications.gamma)
  const incoming = await applications.gamma.rings()
  await call.hangUp()
  expect([await incoming.state(), incoming.end()]).toEqual(['gone', '200/4521'])
})

test('an application is not invited into a group call or a meeting', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [outgoing] = await connect(alpha, beta)
  await outgoing.invite('amar')
  await ringback.person('amar').answers()
  await settle()
  const [meeting] = await meet(alpha)
  for (const call of [outgoing, meeting]) {
    const participants = [{ identity: { application: { id: gamma.bot.applicationId } } }]
    const refused = await call.request('POST', '/participants/invite', { participants })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      error: { code: 'invalidRequest', message: expect.stringContaining('cannot be invited into a group call') },
    })
  }
  expect(gamma.isSilent()).toBe(true)
})

test.each([
  ['caller', 0],
  ['callee', 1],
])('the %s of a call between applications invites a third one, and anyone a person', async (_, inviter) => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const calls = await connect(alpha, beta)
  const [inviting, other] = inviter === 0 ? calls : [calls[1], calls[0]]
  await inviting.invite(gamma)
  const third = await gamma.rings()
  await third.answer()
  await expectRosters([inviting, other, third], ['alpha', 'beta', 'gamma'])
  await other.invite('amar')
  await ringback.person('amar').answers()
  await settle()
  await expectRosters([inviting, other, third], ['alpha', 'amar', 'beta', 'gamma'])
  await inviting.hangUp()
  const { name } = other.application
  await expectRosters([other, third], [name, 'amar', 'gamma'].sort())
  await third.hangUp()
  await expectRosters([other], [name, 'amar'].sort())
  await ringback.person('amar').leaves()
  await settle()
  // A group call ends with the last other participant.
  expect(await other.state()).toBe('gone')
})

test('an invited application redirects to a person, who joins in its place', async () => {
  const applications = await startApplications()
  const { ringback, gamma, settle } = applications
  const call = await callAmar(applications)
  await call.invite(gamma)
  const incoming = await gamma.rings()
  await incoming.redirect('nora')
  await ringback.person('nora').answers()
  await settle()
  await expectRosters([call], ['alpha', 'amar', 'nora'])
  expect(call.operations()).toEqual(['completed 200/0'])
  expect([await incoming.state(), incoming.end()]).toEqual(['gone', '200/0'])
  await ringback.person('nora').leaves()
  await settle()
  await expectRosters([call], ['alpha', 'amar'])
})

test('an invited application redirects to another one, which joins in its place', async () => {
  const applications = await startApplications()
  const call = await callAmar(applications)
  await call.invite(applications.beta)
  await (await applications.beta.rings()).redirect(applications.gamma)
  const last = await applications.gamma.rings()
  await last.answer()
  await expectRosters([call, last], ['alpha', 'amar', 'gamma'])
})

test('the person whom an application has invited stops ringing when the other one hangs up', async () => {
  const { ringback, alpha, beta } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await incoming.invite('amar')
  await outgoing.hangUp()
  expect([incoming.end(), incoming.operations()]).toEqual(['CallTerminated', ['failed 200/4521']])
  await expect(ringback.person('amar').answers({ within: '10ms' })).rejects.toThrow('404')
})

test('an application that takes the place of an invited one is known to all', async () => {
  const { alpha, beta, gamma, register } = await startApplications()
  const delta = await register('delta', 'app')
  const calls = await connect(alpha, beta)
  await calls[1].invite(gamma)
  await (await gamma.rings()).redirect(delta)
  const last = await delta.rings()
  await last.answer()
  await expectRosters([...calls, last], ['alpha', 'beta', 'delta'])
})

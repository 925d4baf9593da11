import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Application, type ApplicationCall, connect, startApplications } from './applications.js'

// An application transfers the other side of its call: a person or an application, to a person or an application.

const TRANSFERRED = '200/7015'

/** Two applications are connected with each other, as the invitation of a person by one of them shows. */
async function expectConnected(
  { ringback, settle }: Awaited<ReturnType<typeof startApplications>>,
  calls: readonly [ApplicationCall, ApplicationCall],
): Promise<void> {
  for (const call of calls) expect(await call.state()).toBe('established')
  await calls[0].invite('zoe')
  await ringback.person('zoe').answers()
  await settle()
  const expected = [...calls.map(({ application }) => application.name), 'zoe'].sort()
  for (const call of calls) expect(await call.roster()).toEqual(expected)
}

/** An application calls Amar, who answers. */
async function callAmar({ ringback, alpha, settle }: Awaited<ReturnType<typeof startApplications>>) {
  const call = await alpha.calls('amar')
  await ringback.person('amar').answers()
  await settle()
  return call
}

test('a person is transferred to an application, which answers', async () => {
  const applications = await startApplications()
  const { ringback, alpha, gamma, settle } = applications
  const call = await callAmar(applications)
  await call.transfer(gamma)
  const incoming = await gamma.rings()
  const [created] = gamma.bot.notifications
  expect(created?.body.value[0].resourceData).toMatchObject({
    source: { identity: { user: { id: 'amar' } } },
    incomingContext: { transferor: { application: { id: alpha.bot.applicationId } } },
  })
  expect(await call.state()).toBe('transferring')
  await incoming.answer()
  expect([await call.state(), call.end()]).toEqual(['gone', TRANSFERRED])
  await incoming.invite('nora')
  await ringback.person('nora').answers()
  await settle()
  expect(await incoming.roster()).toEqual(['amar', 'gamma', 'nora'])
  await ringback.person('amar').mutes()
  await settle()
  expect(await incoming.muted()).toEqual(['amar'])
  await ringback.person('amar').leaves()
  await settle()
  expect(await incoming.roster()).toEqual(['gamma', 'nora'])
})

test('an application is transferred to a person, who answers', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.transfer('amar')
  await ringback.person('amar').answers()
  await settle()
  expect([await outgoing.state(), outgoing.end()]).toEqual(['gone', TRANSFERRED])
  expect(await incoming.state()).toBe('established')
  await incoming.invite('nora')
  await ringback.person('nora').answers()
  await settle()
  expect(await incoming.roster()).toEqual(['amar', 'beta', 'nora'])
})

test('a person to whom an application was transferred hangs up', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await incoming.transfer('amar')
  await ringback.person('amar').answers()
  await settle()
  expect(incoming.end()).toBe('AppTransferred')
  await ringback.person('amar').leaves()
  await settle()
  expect([await outgoing.state(), outgoing.end()]).toEqual(['gone', '200/4521'])
})

test('an application is transferred to another one, which answers', async () => {
  const applications = await startApplications()
  const { alpha, beta, gamma } = applications
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.transfer(gamma)
  const last = await gamma.rings()
  await last.answer()
  expect([await outgoing.state(), outgoing.end()]).toEqual(['gone', TRANSFERRED])
  await expectConnected(applications, [incoming, last])
})

test('the called application transfers its caller to another application', async () => {
  const applications = await startApplications()
  const { alpha, beta, gamma } = applications
  const [outgoing, incoming] = await connect(alpha, beta)
  await incoming.transfer(gamma)
  const last = await gamma.rings()
  await last.answer()
  expect([await incoming.state(), incoming.end()]).toEqual(['gone', 'AppTransferred'])
  await expectConnected(applications, [outgoing, last])
})

test('an application that was transferred is transferred once more', async () => {
  const applications = await startApplications()
  const { ringback, alpha, beta, gamma, settle } = applications
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.transfer(gamma)
  const last = await gamma.rings()
  await last.answer()
  await last.transfer('amar')
  await ringback.person('amar').answers()
  await settle()
  expect(last.end()).toBe(TRANSFERRED)
  await incoming.hangUp()
  await expect(ringback.person('amar').leaves({ within: '10ms' })).rejects.toThrow('404')
})

test('a target redirects to a person, who is connected with the transferred application', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.transfer(gamma)
  const target = await gamma.rings()
  await target.redirect('amar')
  await ringback.person('amar').answers()
  await settle()
  expect([outgoing.end(), target.end(), await incoming.state()]).toEqual([TRANSFERRED, '200/0', 'established'])
  await ringback.person('amar').leaves()
  await settle()
  expect(await incoming.state()).toBe('gone')
})

test('a target redirects to another application, which is connected with the transferred person', async () => {
  const applications = await startApplications()
  const { ringback, beta, gamma, settle } = applications
  const call = await callAmar(applications)
  await call.transfer(beta)
  const target = await beta.rings()
  await target.redirect(gamma)
  const last = await gamma.rings()
  await last.answer()
  expect([call.end(), target.end(), await last.state()]).toEqual([TRANSFERRED, 'AppRedirected', 'established'])
  await ringback.person('amar').leaves()
  await settle()
  expect(last.end()).toBe('200/4521')
})

test.each(['busy', 'forbidden', 'none'])('a target that rejects with %s lets the transfer fail', async (reason) => {
  const applications = await startApplications()
  const [outgoing, incoming] = await connect(applications.alpha, applications.beta)
  await outgoing.transfer(applications.gamma)
  await (await applications.gamma.rings()).reject(reason)
  await expectConnected(applications, [outgoing, incoming])
})

test('a target that does not answer lets the transfer fail', async () => {
  const applications = await startApplications()
  const [outgoing, incoming] = await connect(applications.alpha, applications.beta)
  await outgoing.transfer(applications.gamma)
  const last = await applications.gamma.rings()
  await applications.ringback.advance('16s')
  expect(last.end()).toBe('480/10076')
  await expectConnected(applications, [outgoing, incoming])
})

test('a target that is not registered lets the transfer fail', async () => {
  const applications = await startApplications()
  const [outgoing, incoming] = await connect(applications.alpha, applications.beta)
  await outgoing.transfer({ bot: { applicationId: randomUUID() } } as Application)
  await expectConnected(applications, [outgoing, incoming])
})

test('the transferred application hangs up while the target rings', async () => {
  const { alpha, beta, gamma, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.transfer(gamma)
  const last = await gamma.rings()
  await incoming.hangUp()
  await settle()
  expect([outgoing.end(), incoming.end(), last.end()]).toEqual(['200/4521', 'AppInitiated', '200/4521'])
})

test('a participant of a group call is transferred to an application', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.invite('amar')
  await ringback.person('amar').answers()
  await settle()
  await outgoing.transfer(gamma, 'amar')
  const last = await gamma.rings()
  await last.answer()
  expect([await outgoing.state(), outgoing.end()]).toEqual(['gone', TRANSFERRED])
  await last.invite('nora')
  await ringback.person('nora').answers()
  await settle()
  expect(await last.roster()).toEqual(['amar', 'gamma', 'nora'])
  expect(await incoming.state()).toBe('gone')
})

test('the other people of the application that transfers stay with the others', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  for (const id of ['amar', 'nora']) {
    await outgoing.invite(id)
    await ringback.person(id).answers()
  }
  await settle()
  await outgoing.transfer(gamma, 'amar')
  const last = await gamma.rings()
  await last.answer()
  await settle()
  expect(await incoming.roster()).toEqual(['beta', 'nora'])
  expect([await outgoing.state(), await last.state()]).toEqual(['gone', 'established'])
  await incoming.hangUp()
  await ringback.person('amar').leaves()
  await settle()
  expect(last.end()).toBe('200/4521')
})

test('an application is transferred to a person in another call of the application', async () => {
  const applications = await startApplications()
  const { ringback, alpha, gamma, settle } = applications
  const [outgoing, incoming] = await connect(alpha, gamma)
  const consulted = await callAmar(applications)
  await outgoing.act('transfer', {
    transferTarget: { identity: { user: { id: 'amar' } }, replacesCallId: consulted.id },
  })
  await ringback.advance('2s')
  expect([outgoing.end(), consulted.end()]).toEqual([TRANSFERRED, TRANSFERRED])
  expect(await incoming.state()).toBe('established')
  await ringback.person('amar').leaves()
  await settle()
  expect(incoming.end()).toBe('200/4521')
})

test('an application in another call replaces no one', async () => {
  const applications = await startApplications()
  const { alpha, gamma } = applications
  const [consulted] = await connect(alpha, gamma)
  const call = await callAmar(applications)
  const target = { identity: { application: { id: gamma.bot.applicationId } }, replacesCallId: consulted.id }
  const transferred = await call.request('POST', '/transfer', { transferTarget: target })
  const invited = await call.request('POST', '/participants/invite', { participants: [target] })
  expect([transferred.status, invited.status]).toEqual([409, 409])
  expect([await consulted.state(), await call.state()]).toEqual(['established', 'established'])
})

test('the person of another application is not transferred', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.invite('amar')
  await ringback.person('amar').answers()
  await settle()
  const refused = await incoming.request('POST', '/transfer', {
    transferTarget: { identity: { application: { id: gamma.bot.applicationId } } },
    transferee: { identity: { user: { id: 'amar' } } },
  })
  expect(refused.status).toBe(409)
  expect(gamma.isSilent()).toBe(true)
})

test('the target stops ringing when the transferee of a group call leaves', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls('amar', 'nora')
  for (const id of ['amar', 'nora']) await ringback.person(id).answers()
  await settle()
  await outgoing.transfer(gamma, 'amar')
  const target = await gamma.rings()
  await ringback.person('amar').leaves()
  await settle()
  expect(await outgoing.state()).toBe('established')
  expect(await outgoing.roster()).toEqual(['alpha', 'nora'])
  expect(target.end()).toBe('200/4521')
})

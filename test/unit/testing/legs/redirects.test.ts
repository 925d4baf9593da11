import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Application, startApplications } from './applications.js'

// A called application redirects the call, to a person or to another application.

test('a called application redirects to a person, who answers', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const incoming = await beta.rings()
  await incoming.redirect('amar')
  expect([await outgoing.state(), await incoming.state()]).toEqual(['establishing', 'redirecting'])
  await ringback.person('amar').answers()
  await settle()
  expect([await outgoing.state(), await incoming.state()]).toEqual(['established', 'gone'])
  expect(incoming.end()).toBe('AppRedirected')
  await ringback.person('amar').leaves()
  await settle()
  expect(outgoing.end()).toBe('200/4521')
})

test('a called application redirects to another one, which answers', async () => {
  const { alpha, beta, gamma } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const middle = await beta.rings()
  await middle.redirect(gamma)
  const incoming = await gamma.rings()
  await incoming.answer()
  expect([await outgoing.state(), await middle.state(), await incoming.state()]).toEqual([
    'established',
    'gone',
    'established',
  ])
  expect(middle.end()).toBe('AppRedirected')
  await incoming.hangUp()
  expect([outgoing.end(), incoming.end()]).toEqual(['200/4521', '200/7000'])
})

test('a person who called the first application is connected with the second one', async () => {
  const { ringback, beta, gamma, settle } = await startApplications()
  await ringback.person('amar').calls(beta.bot)
  const first = await beta.rings()
  await first.redirect(gamma)
  const second = await gamma.rings()
  await second.answer()
  expect([await first.state(), first.end()]).toEqual(['gone', 'AppRedirected'])
  await second.invite('nora')
  await ringback.person('nora').answers()
  await settle()
  expect(await second.roster()).toEqual(['amar', 'gamma', 'nora'])
  await ringback.person('amar').leaves()
  await settle()
  expect(await second.roster()).toEqual(['gamma', 'nora'])
})

test('a chain: the second application redirects to a third one, which redirects to a person', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const second = await beta.rings()
  await second.redirect(gamma)
  const third = await gamma.rings()
  await third.redirect('amar')
  await ringback.person('amar').answers()
  await settle()
  await settle()
  expect(await outgoing.state()).toBe('established')
  expect([second.end(), third.end()]).toEqual(['AppRedirected', '200/0'])
  await outgoing.hangUp()
  await expect(ringback.person('amar').leaves({ within: '10ms' })).rejects.toThrow('404')
})

test('a chain that comes back: the third application redirects to the second one, which answers now', async () => {
  const { alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta)
  await (await beta.rings()).redirect(gamma)
  await (await gamma.rings()).redirect(beta)
  const last = await beta.rings()
  await last.answer()
  await settle()
  expect([await outgoing.state(), await last.state()]).toEqual(['established', 'established'])
  await last.hangUp()
  await settle()
  expect(outgoing.end()).toBe('200/4521')
})

test.each([
  ['busy', '486/0'],
  ['forbidden', '403/0'],
  ['none', '603/0'],
])('a rejection with %s by the second application reaches the caller through the first one', async (reason, code) => {
  const { alpha, beta, gamma } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const middle = await beta.rings()
  await middle.redirect(gamma)
  await (await gamma.rings()).reject(reason)
  expect([outgoing.end(), middle.end()]).toEqual([code, 'CallTerminated'])
})

test('a person to whom a call is redirected declines, and the caller gets that', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(gamma)
  const middle = await gamma.rings()
  await middle.redirect('amar')
  await ringback.person('amar').declines()
  await settle()
  expect([outgoing.end(), middle.end()]).toEqual(['603/0', '603/0'])
})

test('no one answers a redirected call', async () => {
  const { ringback, alpha, gamma, beta } = await startApplications({ RING_TIMEOUT_MS: 600_000 })
  const outgoing = await alpha.calls(gamma)
  const middle = await gamma.rings()
  await middle.redirect(beta)
  const last = await beta.rings()
  await ringback.advance('16s')
  expect([outgoing.end(), middle.end(), last.end()]).toEqual(['480/10076', '480/10076', 'CallTerminated'])
})

test('the caller hangs up while a redirected call rings', async () => {
  const { alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const middle = await beta.rings()
  await middle.redirect(gamma)
  const last = await gamma.rings()
  await outgoing.hangUp()
  await settle()
  expect([outgoing.end(), middle.end(), last.end()]).toEqual(['200/7000', 'CallTerminated', '200/4521'])
})

test('a redirect to an application that is not registered ends the call', async () => {
  const { alpha, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(gamma)
  const middle = await gamma.rings()
  await middle.redirect({ bot: { applicationId: randomUUID() } } as Application)
  await settle()
  expect([outgoing.end(), middle.end()]).toEqual(['480/10076', '480/10076'])
})

test('of several targets the first who answers is connected, and the others end', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const outgoing = await alpha.calls(beta)
  const middle = await beta.rings()
  await middle.redirect('amar', gamma)
  const last = await gamma.rings()
  await ringback.person('amar').answers()
  await settle()
  expect(await outgoing.state()).toBe('established')
  expect([await last.state(), last.end()]).toEqual(['gone', '200/4521'])
})

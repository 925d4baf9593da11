import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { RunningHost } from '../../support/runningHost.js'
import { startSampleBot } from '../../support/sampleBot.js'
import { startService } from '../../support/serviceProcess.js'
import { startBot } from '../../support/testBot.js'
import {
  AGREED,
  Application,
  expectDelivered,
  expectNothingLost,
  expectRosters,
  type Name,
  PATIENT_TIMES,
} from './applications.js'
import { startHostProxy } from './hostProxy.js'

// Two processes of the sample bot, in two dialects. It answers every call, invites Heidi Steen to the first and hangs up
// when she has joined, and moves the next callers into a meeting.

/** People answer at once. */
const SETTINGS = { ...PATIENT_TIMES, SIMULATOR_DEFAULT: 'answer' }
const TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'
/** The meeting that both sample bots join. */
const THREAD = '19:channel@thread.tacv2'
const HEIDI = '550fae72-d251-43ec-868c-373732c2704f'

async function startWithProxy(): Promise<{ host: RunningHost; proxyUrl: string }> {
  const host = await startService(SETTINGS)
  onTestFinished(() => host.stop())
  return { host, proxyUrl: await startHostProxy(host.baseUrl) }
}

/** An application whose callback is a process of the sample bot. The test sends some of its requests. */
async function startProcess(name: Name, { host, proxyUrl }: { host: RunningHost; proxyUrl: string }) {
  const bot = await startBot(host.baseUrl, undefined, undefined, TENANT)
  onTestFinished(() => bot.close())
  const sample = await startSampleBot(proxyUrl, {
    applicationId: bot.applicationId,
    tenantId: TENANT,
    threadId: THREAD,
  })
  const callback = `http://127.0.0.1:${sample.port}/api/calls`
  const application = new Application(name, { ...bot, callbackUri: callback }, [host])
  await application.register()
  return { application, sample }
}

test('two sample bots call each other, and a third joins their meeting, in spite of kills', {
  timeout: 900_000,
}, async () => {
  const started = await startWithProxy()
  const { host } = started
  const { application: alpha, sample: first } = await startProcess('alpha', started)
  const { application: beta, sample: second } = await startProcess('beta', started)
  const bot = await startBot(host.baseUrl, undefined, undefined, TENANT)
  onTestFinished(() => bot.close())
  const gamma = new Application('gamma', bot, [host])
  await gamma.register()
  const crash = async () => {
    await host.kill()
    await host.restart()
  }

  // Each calls the other one, which answers, invites Heidi and hangs up.
  for (const [caller, callee, sample] of [
    [alpha, beta, second],
    [beta, alpha, first],
  ] as const) {
    const outgoing = await caller.calls(callee)
    await crash()
    await expect.poll(sample.output, AGREED).toContain('Waiting for call 2 of 3.')
    await crash()
    // Heidi stays with the caller.
    await expectRosters([outgoing], HEIDI, caller.name)
    await caller.hangsUp(outgoing.callId)
  }

  // A person calls each; they move into the meeting that both bots join.
  const people = { megan: `megan-${randomUUID()}`, jon: `jon-${randomUUID()}` }
  for (const [application, sample, id] of [
    [alpha, first, people.megan],
    [beta, second, people.jon],
  ] as const) {
    const to = { application: { id: application.bot.applicationId } }
    expect((await gamma.request('POST', '/simulator/calls', { to, from: { user: { id } } })).status).toBe(201)
    await crash()
    await expect.poll(sample.output, AGREED).toContain('Waiting for call 3 of 3.')
  }
  const calls = [await alpha.callIn(THREAD), await beta.callIn(THREAD), await gamma.joins(THREAD)]
  await crash()
  await expectRosters(calls, 'alpha', 'beta', 'gamma', people.jon, people.megan)
  await gamma.dismisses(people.megan)
  await crash()
  await expectRosters(calls, 'alpha', 'beta', 'gamma', people.jon)
  for (const application of [alpha, beta]) await expectDelivered(application)
  await expectNothingLost(gamma)
  expect([first.hasExited(), second.hasExited()]).toEqual([false, false])
})

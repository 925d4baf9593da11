import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LOAD_SECONDS } from '../../support/sizes.js'
import {
  AGREED,
  type Application,
  type Applications,
  expectNothingLost,
  expectRosters,
  type OwnCall,
  PATIENT_TIMES,
  startApplications,
} from './applications.js'
import { killRepeatedly, startHosts } from './harness.js'

// Bots in two dialects call each other and meet, while the processes of the service are killed. Afterwards no
// notification is missing, and the calls of the bots agree.

/** Most of it is for machines that are busy. */
const TEST_TIMEOUT_MS = 900_000
const CLIENTS = 6

const isEstablished = ({ application, callId }: OwnCall): boolean => application.wasNotified(callId, 'established')

test('two bots call each other and a third joins their meeting, with a kill after each step', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const hosts = await startHosts(1, PATIENT_TIMES)
  const { alpha, beta, gamma } = await startApplications(hosts)
  /** Kills the process before most of what was requested reaches the other calls, and starts it again. */
  const crash = async () => {
    for (const host of hosts) await host.kill()
    for (const host of hosts) await host.restart()
  }

  const toBeta = await alpha.calls(beta)
  await crash()
  const toAlpha = await beta.calls(alpha)
  await crash()
  await expect.poll(() => [alpha.incoming().length, beta.incoming().length], AGREED).toEqual([1, 1])
  await crash()
  const calls = [toBeta, toAlpha, ...alpha.incoming(), ...beta.incoming()]
  await expect.poll(() => calls.map(isEstablished), AGREED).toEqual([true, true, true, true])

  const threadId = `19:${randomUUID()}@thread.v2`
  const [amar, nora] = [`amar-${randomUUID()}`, `nora-${randomUUID()}`]
  const ofAlpha = await alpha.joins(threadId)
  await alpha.admits(ofAlpha.callId, amar)
  const ofBeta = await beta.joins(threadId)
  await crash()
  await beta.admits(ofBeta.callId, nora)
  await crash()
  const ofGamma = await gamma.joins(threadId)
  await crash()
  const meeting = [ofAlpha, ofBeta, ofGamma]
  await expectRosters(meeting, 'alpha', 'beta', 'gamma', amar, nora)

  await gamma.mutes(ofGamma.callId, 'beta')
  await crash()
  const muted = () => Promise.all(meeting.map(({ application, callId }) => application.muted(callId)))
  await expect.poll(muted, AGREED).toEqual(['beta', 'beta', 'beta'])

  await gamma.dismisses(nora)
  await crash()
  // Amar stays, in the call of another bot.
  await alpha.hangsUp(ofAlpha.callId)
  await beta.hangsUp(toAlpha.callId)
  await crash()
  await expectRosters([ofBeta, ofGamma], 'beta', 'gamma', amar)
  await expect
    .poll(() => alpha.incoming().map(({ callId }) => alpha.wasNotified(callId, 'terminated')), AGREED)
    .toEqual([true])
  for (const application of [alpha, beta, gamma]) await expectNothingLost(application)
  await expectRosters([ofBeta, ofGamma], 'beta', 'gamma', amar)
  // The other call goes on for both.
  const states = [toBeta, ...beta.incoming()].map(({ application, callId }) =>
    application.wasNotified(callId, 'terminated'),
  )
  expect(states).toEqual([false, false])
})

/** What a client leaves behind. */
interface Conversation {
  /** The call of a bot to another one, which has ended. */
  readonly ended: OwnCall
  /** The calls that are still in the meeting. */
  readonly inMeeting: readonly OwnCall[]
  readonly roster: readonly string[]
}

test('bots that call each other and meet agree after repeated kills of two hosts under load', {
  timeout: LOAD_SECONDS * 1000 + TEST_TIMEOUT_MS,
}, async () => {
  const hosts = await startHosts(2, PATIENT_TIMES)
  const applications = await startApplications(hosts)
  const until = Date.now() + LOAD_SECONDS * 1000
  const killing = hosts.map((host) => killRepeatedly(host, until))
  const clients = Array.from({ length: CLIENTS }, () => runClient(applications, until))
  const conversations = (await Promise.all(clients)).flat()
  const kills = await Promise.all(killing)

  for (const { inMeeting, roster } of conversations) await expectRosters(inMeeting, ...roster)
  const all = Object.values(applications)
  const incoming = all.flatMap((application) => application.incoming())
  const ended = [...conversations.map((conversation) => conversation.ended), ...incoming]
  const hasEnded = ({ application, callId }: OwnCall) => application.wasNotified(callId, 'terminated')
  await expect.poll(() => ended.filter((call) => !hasEnded(call)), AGREED).toEqual([])
  expect(incoming).toHaveLength(conversations.length)
  for (const application of all) await expectNothingLost(application)
  const posts = all.reduce((sum, { bot }) => sum + bot.received.length, 0)
  console.log(`${kills.join(' + ')} kills, ${conversations.length} conversations, ${posts} POSTs`)
  expect(Math.min(...kills), 'kills of each host').toBeGreaterThanOrEqual(1)
})

/** Lets bots call each other and meet, again and again. */
async function runClient(applications: Applications, until: number): Promise<Conversation[]> {
  const conversations: Conversation[] = []
  while (Date.now() < until) conversations.push(await converse(applications))
  return conversations
}

/** A bot calls another one and hangs up. Three bots meet, two people join, and one bot and one person leave. */
async function converse(applications: Applications): Promise<Conversation> {
  const [one, two, three] = shuffle(Object.values(applications)) as [Application, Application, Application]
  const pause = () => sleep(Math.random() * 500)
  const ended = await one.calls(two)
  await expect.poll(() => isEstablished(ended), AGREED).toBe(true)
  const threadId = `19:${randomUUID()}@thread.v2`
  const [amar, nora] = [`amar-${randomUUID()}`, `nora-${randomUUID()}`]
  const first = await one.joins(threadId)
  await one.admits(first.callId, amar)
  const second = await two.joins(threadId)
  await two.admits(second.callId, nora)
  await pause()
  const third = await three.joins(threadId)
  await pause()
  await one.hangsUp(ended.callId)
  await expect.poll(() => two.roster(second.callId), AGREED).toContain(amar)
  await three.dismisses(nora)
  await one.hangsUp(first.callId)
  return { ended, inMeeting: [second, third], roster: [amar, two.name, three.name] }
}

const shuffle = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ value }) => value)

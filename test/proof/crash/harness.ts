import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { RunningHost } from '../../support/runningHost.js'
import { startService } from '../../support/serviceProcess.js'
import { type Received, send, type TestBot, type TestReply } from '../../support/testBot.js'

export const CALLS = '/v1.0/communications/calls'

/** Shorter than the defaults, in about the same proportions, so that a test takes seconds. */
export const SHORT_TIMES = {
  LEASE_MS: '3000',
  NOTIFICATION_TIMEOUT_MS: '2000',
  CLOCK_SKEW_MS: '1000',
  WATCHDOG_DELAY_MS: '2000',
  SWEEP_SCHEDULE: '*/2 * * * * *',
}

/** How long a test waits for what takes a second on a quiet machine. A busy machine needs many times that. */
export const PATIENCE_MS = 60_000

/** The id of the call that a notification is about. */
export const callOf = ({ body }: Received): string => body.value[0].resource.split('/')[3]

/** Returns a function that reads one header of a notification. */
export const header = (name: string) => (received: Received) => received.headers[name]

/** Checks that the notifications of a call arrived without a gap and in order, and repeated ones with the same id. */
export function expectArrivalsInOrder(received: readonly Received[], callId: string): void {
  const ofCall = received.filter((notification) => callOf(notification) === callId)
  const sequences = [...new Set(ofCall.map(header('ringback-sequence')).map(Number))]
  const expected = sequences.map((_, index) => index + 1)
  expect(sequences, `first arrivals of ${callId}`).toEqual(expected)
  expect(new Set(ofCall.map(header('ringback-notification-id'))).size, `ids of ${callId}`).toBe(sequences.length)
}

/** A bot, and the hosts that answer its requests unless they are being killed. */
export interface Client {
  readonly bot: TestBot
  readonly hosts: readonly RunningHost[]
}

/** Repeats a request at random hosts until one answers, as a retry of the same client-request-id. */
export async function requestUntilAnswered(
  { bot, hosts }: Client,
  method: string,
  path: string,
  body?: object,
): Promise<TestReply> {
  const id = { 'client-request-id': randomUUID() }
  for (let attempt = 0; ; attempt++) {
    const headers = attempt > 0 ? { ...id, 'retry-attempt': String(attempt) } : id
    const { baseUrl = '' } = hosts[Math.floor(Math.random() * hosts.length)] ?? {}
    const reply = await send(baseUrl, method, path, { token: bot.token, body, headers }).catch(() => undefined)
    if (reply && reply.status !== 503) return reply
    await sleep(300)
  }
}

/** Kills a host and starts it again at random moments. Returns the number of kills. */
export async function killRepeatedly(host: RunningHost, until: number): Promise<number> {
  let kills = 0
  while (Date.now() < until) {
    await sleep(1_000 + Math.random() * 3_000)
    await host.kill()
    kills += 1
    await host.restart()
  }
  return kills
}

/** Starts hosts that share one storage, until the end of the test. */
export async function startHosts(count: number, settings: Readonly<Record<string, string>>): Promise<RunningHost[]> {
  const service = await startService(settings)
  onTestFinished(() => service.stop())
  const hosts: RunningHost[] = [service]
  while (hosts.length < count) {
    const host = await service.startAnother()
    onTestFinished(() => host.stop())
    hosts.push(host)
  }
  return hosts
}

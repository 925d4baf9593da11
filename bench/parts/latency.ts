import { type Callback, CREATE_NOTIFICATIONS, idOf, startBot, startCallback } from '../bot.js'
import { startStack } from '../host.js'
import { type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { PLAIN_APP, plainClient } from '../plainApp.js'
import { alternate, forEachInFlight, percentile, range } from '../statistics.js'

// How long a notification takes, from the reply to the request until its arrival at the callback.

const BUSY_IN_FLIGHT = 16
const ROUNDS = 4
const IDLE_SAMPLES = 12
const BUSY_SAMPLES = 64
/** The polling interval of an idle local host (local-host/start.ts). Random pauses spread the requests over it. */
const MAX_PAUSE_MS = 250

/** One side: an app with calls whose notifications have all arrived. */
interface Side {
  readonly callback: Callback
  readonly callIds: readonly string[]
  /** Sends a request that causes one notification. */
  change(callId: string): Promise<unknown>
}

export const latency: Part = {
  name: 'latency',
  async run(options) {
    const stacks = [await startStack('.'), await startStack(PLAIN_APP)] as const
    const callbacks = [await startCallback(), await startCallback()] as const
    try {
      const bot = await startBot(stacks[0].baseUrl, callbacks[0])
      const client = plainClient(stacks[1].baseUrl, callbacks[1])
      const paths = new Map<string, string>()
      const createOurs = async () => {
        const path = await bot.run('create', '')
        paths.set(idOf(path), path)
        return idOf(path)
      }
      const ours: Side = {
        callback: callbacks[0],
        callIds: await createCalls(callbacks[0], CREATE_NOTIFICATIONS, createOurs),
        change: (callId) => bot.toggleMute(paths.get(callId) ?? ''),
      }
      const plain: Side = {
        callback: callbacks[1],
        callIds: await createCalls(callbacks[1], 1, () => client.create(1)),
        change: (callId) => client.mute(callId),
      }
      return [await compare(ours, plain, options)]
    } finally {
      for (const callback of callbacks) callback.close()
      for (const stack of stacks) await stack.stop()
    }
  },
}

async function createCalls(
  callback: Callback,
  notifications: number,
  create: () => Promise<string>,
): Promise<readonly string[]> {
  const callIds: string[] = []
  await forEachInFlight(range(BUSY_IN_FLIGHT), BUSY_IN_FLIGHT, async () => void callIds.push(await create()))
  for (const callId of callIds) await callback.waitForCall(callId, notifications)
  return callIds
}

async function compare(ours: Side, plain: Side, { scale }: RunOptions): Promise<ResultTable> {
  const times = { idle: [[], []] as [number[], number[]], busy: [[], []] as [number[], number[]] }
  const idle = (side: Side, into: number[]) => async () => {
    for (const _ of range(scale(IDLE_SAMPLES))) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS))
      into.push(await measureDelivery(side, side.callIds[0] ?? ''))
    }
  }
  const busy = (side: Side, into: number[]) => async () => {
    // Each call has one request at a time, so that a notification belongs to the request before it.
    const each = Math.ceil(scale(BUSY_SAMPLES) / BUSY_IN_FLIGHT)
    await forEachInFlight(side.callIds, BUSY_IN_FLIGHT, async (callId) => {
      for (const _ of range(each)) into.push(await measureDelivery(side, callId))
    })
  }
  await busy(ours, [])()
  await busy(plain, [])()
  await alternate(scale(ROUNDS), idle(ours, times.idle[0]), idle(plain, times.idle[1]))
  await alternate(scale(ROUNDS), busy(ours, times.busy[0]), busy(plain, times.busy[1]))
  const rows = Object.entries(times).flatMap(([load, [mine, other]]) =>
    (
      [
        ['median', 0.5],
        ['p99', 0.99],
      ] as const
    ).map(([name, share]) => {
      const [a, b] = [percentile(mine, share), percentile(other, share)]
      return [`${load}, ${name}`, mine.length, round(a), round(b), ratio(a, b)]
    }),
  )
  return {
    title: `From the reply to the callback (busy: ${BUSY_IN_FLIGHT} in flight)`,
    columns: ['load', 'samples', 'Ringback, ms', 'plain app, ms', 'ratio'],
    rows,
    chart: { file: 'latency', columns: [2, 3], unit: 'ms' },
  }
}

/** Sends a request with one notification, and returns the milliseconds from its reply to the notification. */
async function measureDelivery({ callback, change }: Side, callId: string): Promise<number> {
  const before = callback.arrivalsOf(callId).length
  await change(callId)
  const repliedAt = performance.now()
  await callback.waitForCall(callId, before + 1)
  return (callback.arrivalsOf(callId)[before] ?? Number.NaN) - repliedAt
}

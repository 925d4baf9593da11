import { CREATE_NOTIFICATIONS, idOf, startBot, startCallback } from './bot.js'
import { startApp, startStorage } from './host.js'
import { type Cell, type ResultTable, type RunOptions, ratio, round } from './part.js'
import { type StorageRequest, startRecorder } from './recorder.js'
import { recordOperations } from './recordOperations.js'
import { startReplay } from './replay.js'
import { createSettler } from './settle.js'
import { alternate, forEachInFlight, median, range } from './statistics.js'
import { toSteps } from './storageRequests.js'

// Compares the delivery of a notification with its storage requests alone. A delivery lasts from the receipt of its
// queue message to the deletion of the message. A proxy before the storage sees both, and both sides use it.

const LOADS = [
  { inFlight: 1, rounds: 24 },
  { inFlight: 16, rounds: 12 },
  { inFlight: 64, rounds: 3 },
] as const
/** How many rounds are not counted before those that are, as a share of them. */
const WARM_UP_SHARE = 1 / 4

export async function compareDeliveries({ scale }: RunOptions): Promise<ResultTable> {
  const steps = toSteps((await recordOperations()).mute.background)
  const storage = await startStorage()
  const recorder = await startRecorder(storage.connection)
  const host = await startApp('.', { connection: recorder.connection, keys: storage.keys })
  const callback = await startCallback()
  try {
    const bot = await startBot(host.baseUrl, callback)
    const replay = await startReplay(recorder.connection)
    const settle = createSettler(storage.connection)

    /** Sends one command with one notification to each call, and returns the milliseconds of the deliveries. */
    const measureOurs = async (calls: readonly string[]): Promise<number[]> => {
      const expected = callback.received + calls.length
      recorder.take()
      await forEachInFlight(calls, calls.length, (call) => bot.toggleMute(call))
      await callback.waitFor(expected)
      await settle()
      return timeDeliveries(recorder.take())
    }
    const measureLoad = async ({ inFlight, rounds }: (typeof LOADS)[number]): Promise<Cell[]> => {
      const calls: string[] = []
      await forEachInFlight(range(inFlight), inFlight, async () => void calls.push(await bot.run('create', '')))
      for (const call of calls) await callback.waitForCall(idOf(call), CREATE_NOTIFICATIONS)
      await settle()
      const times = { ours: [] as number[], floor: [] as number[] }
      const measure = (rounds: number, { ours, floor }: typeof times) =>
        alternate(
          rounds,
          async () => ours.push(...(await measureOurs(calls))),
          async () => floor.push(...(await replay.measure(steps, inFlight, { inFlight })).times),
        )
      await measure(Math.ceil(scale(rounds) * WARM_UP_SHARE), { ours: [], floor: [] })
      await measure(scale(rounds), times)
      const [mine, other] = [median(times.ours), median(times.floor)]
      return [`${inFlight}`, steps.flat().length, round(mine), round(other), ratio(mine, other)]
    }

    const rows: Cell[][] = []
    for (const load of LOADS) rows.push(await measureLoad(load))
    return {
      title: 'Delivery of a notification',
      columns: ['in flight', 'storage requests', 'Ringback, ms', 'floor, ms', 'ratio'],
      rows,
    }
  } finally {
    callback.close()
    await host.stop()
    recorder.close()
    await storage.stop()
  }
}

/** The milliseconds from the receipt of each queue message to its deletion. */
function timeDeliveries(requests: readonly StorageRequest[]): number[] {
  const received = new Map<string, number>()
  const times: number[] = []
  for (const { part, method, path, reply, startedAt, endedAt } of requests) {
    if (part !== 'Queue') continue
    if (method === 'GET') {
      for (const [, id = ''] of reply.matchAll(/<MessageId>(.*?)<\/MessageId>/g)) received.set(id, startedAt)
    }
    const [, deleted = ''] = method === 'DELETE' ? (/messages\/([^?]+)/.exec(path) ?? []) : []
    const receivedAt = received.get(deleted)
    if (receivedAt !== undefined) times.push(endedAt - receivedAt)
  }
  return times
}

import { type Bot, OPERATIONS, type Operation, startBot, startCallback } from '../bot.js'
import { compareDeliveries } from '../deliveries.js'
import { startApp, startStorage } from '../host.js'
import { type Cell, type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { type RecordedOperations, recordOperations } from '../recordOperations.js'
import { type Replay, startReplay } from '../replay.js'
import { createSettler } from '../settle.js'
import { forEachInFlight, median, pauseOf, range, timeEach } from '../statistics.js'
import { toSteps } from '../storageRequests.js'

// Compares each operation with its storage requests alone, sent without Ringback's logic.

/** How many requests are in flight, how many calls a round has, and how many rounds there are. */
const LOADS = [
  { inFlight: 1, calls: 12, rounds: 3 },
  { inFlight: 16, calls: 64, rounds: 1 },
  { inFlight: 64, calls: 128, rounds: 1 },
] as const
const PREPARE_IN_FLIGHT = 16
/** Node.js compiles the code of a request fully only after some hundreds of runs. */
const WARM_UP_CALLS = 60

interface Sides {
  readonly ours: number[]
  readonly floor: number[]
}

export const floor: Part = {
  name: 'floor',
  async run(options) {
    const recorded = await recordOperations()
    const storage = await startStorage()
    const host = await startApp('.', storage)
    const callback = await startCallback()
    try {
      const bot = await startBot(host.baseUrl, callback)
      const replay = await startReplay(storage.connection)
      const settle = createSettler(storage.connection)
      const measurement = { bot, replay, settle, recorded, options }
      await warmUp(measurement)
      const tables: ResultTable[] = []
      for (const load of LOADS) tables.push(await measureLoad(measurement, load))
      return [...tables, await compareDeliveries(options)]
    } finally {
      callback.close()
      await host.stop()
      await storage.stop()
    }
  },
}

interface Measurement {
  readonly bot: Bot
  readonly replay: Replay
  /** Waits until all work of earlier requests has ended. */
  settle(): Promise<void>
  readonly recorded: RecordedOperations
  readonly options: RunOptions
}

/** Runs everything a few times, so that Node.js has compiled the code of both sides. */
async function warmUp(measurement: Measurement): Promise<void> {
  await runRound(measurement, { inFlight: 4, calls: measurement.options.scale(WARM_UP_CALLS) }, 0, newSides())
}

const newSides = () =>
  Object.fromEntries(OPERATIONS.map((name) => [name, { ours: [], floor: [] }])) as unknown as Record<Operation, Sides>

async function measureLoad(measurement: Measurement, load: (typeof LOADS)[number]): Promise<ResultTable> {
  const sides = newSides()
  const calls = Math.max(load.inFlight, measurement.options.scale(load.calls))
  for (const round of range(measurement.options.scale(load.rounds))) {
    await runRound(measurement, { inFlight: load.inFlight, calls }, round, sides)
  }
  const rows = OPERATIONS.map((operation): Cell[] => {
    const { ours, floor } = sides[operation]
    const requests = measurement.recorded[operation].foreground.length
    return [operation, requests, round(median(ours)), round(median(floor)), ratio(median(ours), median(floor))]
  })
  return {
    title: load.inFlight === 1 ? 'One request at a time' : `${load.inFlight} requests in flight`,
    columns: ['operation', 'storage requests', 'Ringback, ms', 'floor, ms', 'ratio'],
    rows,
    chart: { file: `floor-${load.inFlight}`, columns: [2, 3], unit: 'median, ms' },
  }
}

/** Measures each operation on new calls, and its floor; for every other operation, the floor comes first. */
async function runRound(
  { bot, replay, settle, recorded }: Measurement,
  { inFlight, calls }: { readonly inFlight: number; readonly calls: number },
  round: number,
  sides: Readonly<Record<Operation, Sides>>,
): Promise<void> {
  let paths: string[] = range(calls).map(() => '')
  for (const [index, operation] of OPERATIONS.entries()) {
    const { foreground, notifications } = recorded[operation]
    if (operation === 'answer') {
      paths = await placeCalls(bot, calls)
      await settle()
    }
    const measureOurs = async () => {
      const { times, results } = await runOurs({ bot, settle }, operation, { paths, inFlight, notifications })
      paths = results
      sides[operation].ours.push(...times)
    }
    const measureFloor = async () => {
      const pauseMs = pauseOf(inFlight)
      sides[operation].floor.push(...(await replay.measure(toSteps(foreground), calls, { inFlight, pauseMs })).times)
    }
    const order = (round + index) % 2 === 0 ? [measureOurs, measureFloor] : [measureFloor, measureOurs]
    for (const measure of order) await measure()
  }
}

/** With one request in flight, all work of a request, its deliveries included, ends before the next request. */
async function runOurs(
  { bot, settle }: Pick<Measurement, 'bot' | 'settle'>,
  operation: Operation,
  load: { readonly paths: readonly string[]; readonly inFlight: number; readonly notifications: number },
): Promise<{ times: readonly number[]; results: string[] }> {
  const { paths, inFlight, notifications } = load
  const results: string[] = []
  const batches = inFlight === 1 ? paths.map((path) => [path]) : [paths]
  const times: number[] = []
  for (const batch of batches) {
    const expected = bot.callback.received + notifications * batch.length
    const act = async (path: string) => void results.push(await bot.run(operation, path))
    const timing = await timeEach(batch, inFlight, act, pauseOf(inFlight))
    times.push(...timing.times)
    await bot.callback.waitFor(expected)
    await settle()
  }
  return { times, results }
}

async function placeCalls(bot: Bot, count: number): Promise<string[]> {
  const paths: string[] = []
  const expected = bot.callback.received + count
  await forEachInFlight(range(count), PREPARE_IN_FLIGHT, async () => void paths.push(await bot.placeCall()))
  await bot.callback.waitFor(expected)
  return paths
}

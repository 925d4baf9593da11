import { type Bot, type Command, CREATE_NOTIFICATIONS, startBot, startCallback } from './bot.js'
import { type AppHost, type Storage, startApp } from './host.js'
import { type Cell, type ResultTable, type RunOptions, ratio, round } from './part.js'
import { createSettler } from './settle.js'
import { forEachInFlight, range } from './statistics.js'

// How much memory a service uses, and how much of it is retained, beside a hello world.

const LIVE_CALLS = 1_000
const COMMANDS = 50_000
/** How often a command mutes the bot, which has a notification: once in each call. The others are keepAlive. */
const MUTE_EVERY = COMMANDS / LIVE_CALLS
const CREATES_IN_FLIGHT = 16
/** The time of the commands is not measured, so they are sent in batches, which is faster. Graph allows 20 requests. */
const BATCH = 20
const BATCHES_IN_FLIGHT = 2

/** In MiB: the resident set as it is, and the heap without garbage. */
interface Memory {
  readonly resident: number
  readonly heap: number
}

async function measure(host: AppHost): Promise<Memory> {
  const resident = host.readMemory()
  return { resident, heap: await host.measureHeap() }
}

interface Context {
  readonly storage: Storage
  readonly options: RunOptions
}

/**
 * @param ours the folder of the package
 * @param hello the folder of the hello world
 */
export async function compareMemory(
  ours: string,
  hello: string,
  { storage, options }: Context,
): Promise<ResultTable[]> {
  const counts = { calls: options.scale(LIVE_CALLS), commands: options.scale(COMMANDS) }
  const service = await measureService(await startApp(ours, storage, { hasInspector: true }), storage, counts)
  const app = await measureIdle(await startApp(hello, storage, { hasInspector: true }))
  const row = (label: string, mine: Memory, other?: Memory): Cell[] => [
    label,
    ...[mine.resident, mine.heap].map(round),
    ...(other ? [round(other.resident), round(other.heap), ratio(mine.heap, other.heap)] : ['-', '-', '-']),
  ]
  const { half, end } = service
  const used: ResultTable = {
    title: 'Memory: the resident set, and the heap after a garbage collection',
    columns: [
      ...['MiB', 'Ringback, resident', 'Ringback, heap', 'hello world, resident', 'hello world, heap'],
      'ratio of the heaps',
    ],
    rows: [
      row('idle', service.idle, app),
      row(`${counts.calls} live calls`, service.live),
      row(`after ${counts.commands / 2} commands`, half),
      row(`after ${counts.commands} commands`, end),
    ],
    chart: { file: 'memory', columns: [1, 2, 3, 4], unit: 'MiB' },
  }
  const growth: ResultTable = {
    title: 'Growth of the memory in the second half of the commands',
    columns: ['ratio of the end to the middle', 'resident', 'heap'],
    rows: [['Ringback', ratio(end.resident, half.resident), ratio(end.heap, half.heap)]],
  }
  return [used, growth]
}

async function measureService(
  host: AppHost,
  { connection }: Storage,
  { calls, commands }: { readonly calls: number; readonly commands: number },
) {
  const callback = await startCallback()
  const settle = createSettler(connection)
  try {
    const idle = await measure(host)
    const bot = await startBot(host.baseUrl, callback)
    const paths: string[] = []
    await forEachInFlight(range(calls), CREATES_IN_FLIGHT, async () => void paths.push(await bot.run('create', '')))
    await callback.waitFor(calls * CREATE_NOTIFICATIONS)
    await settle()
    const live = await measure(host)
    const batches = createBatches(paths, commands)
    const runHalf = async (half: readonly Command[][]) => {
      await sendBatches(bot, half)
      await settle()
      return measure(host)
    }
    const half = await runHalf(batches.slice(0, batches.length / 2))
    return { idle, live, half, end: await runHalf(batches.slice(batches.length / 2)) }
  } finally {
    callback.close()
    await host.stop()
  }
}

/** Commands to the calls in turn, in batches. */
function createBatches(paths: readonly string[], count: number): Command[][] {
  const commands = range(count).map((index): Command => {
    const isMute = index % MUTE_EVERY === 0
    const place = isMute ? index / MUTE_EVERY : index % paths.length
    return { call: paths[place] ?? '', action: isMute ? 'mute' : 'keepAlive' }
  })
  return range(count / BATCH).map((batch) => commands.slice(batch * BATCH, (batch + 1) * BATCH))
}

/** Sends the batches, and waits for their notifications. */
async function sendBatches(bot: Bot, batches: readonly Command[][]): Promise<void> {
  const mutes = batches.flat().filter(({ action }) => action === 'mute')
  const expected = bot.callback.received + mutes.length
  await forEachInFlight(batches, BATCHES_IN_FLIGHT, (batch) => bot.sendBatch(batch))
  await bot.callback.waitFor(expected)
}

async function measureIdle(host: AppHost): Promise<Memory> {
  try {
    return await measure(host)
  } finally {
    await host.stop()
  }
}

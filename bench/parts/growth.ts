import { type Bot, CREATE_NOTIFICATIONS, idOf, type Operation, startBot, startCallback } from '../bot.js'
import { startApp, startStack, startStorage } from '../host.js'
import { type Cell, type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { alternate, forEachInFlight, median, range, timeEach } from '../statistics.js'

// How the service changes with more stored calls, more participants and a second host.

const IN_FLIGHT = 16
const STORED_CALLS = [10, 1_000]
const PARTICIPANTS = [1, 10, 250]
/** How many requests are measured in each round. */
const SAMPLES = 20
const CREATES = 160
const ROUNDS = 4

export const growth: Part = {
  name: 'growth',
  run: async (options) => [
    await compareStoredCalls(options),
    await compareParticipants(options),
    await compareHosts(options),
  ],
}

interface BotOfService {
  readonly bot: Bot
  stop(): Promise<void>
}

/** Starts a service with a bot. */
async function startService(): Promise<BotOfService> {
  const stack = await startStack('.')
  const callback = await startCallback()
  const stop = async () => {
    callback.close()
    await stack.stop()
  }
  return { bot: await startBot(stack.baseUrl, callback), stop }
}

const createCalls = async (bot: Bot, count: number): Promise<string[]> => {
  const paths: string[] = []
  await forEachInFlight(range(count), IN_FLIGHT, async () => void paths.push(await bot.run('create', '')))
  for (const path of paths) await bot.callback.waitForCall(idOf(path), CREATE_NOTIFICATIONS)
  return paths
}

/** A call that is measured: the calls differ in their participants, or in the number of calls in their storage. */
interface Subject {
  readonly bot: Bot
  readonly call: string
}

/** Measures one request after the other, the subjects in turn, and returns the medians of each subject. */
async function measureInTurn(
  subjects: readonly Subject[],
  operations: readonly Operation[],
  { scale }: RunOptions,
): Promise<number[][]> {
  const times = subjects.map(() => operations.map((): number[] => []))
  // The first round is not counted: the service is not compiled yet.
  for (const round of range(1 + scale(ROUNDS))) {
    for (const [index, { bot, call }] of subjects.entries()) {
      for (const [column, operation] of operations.entries()) {
        const timing = await timeEach(range(scale(SAMPLES)), 1, () => bot.run(operation, call))
        if (round > 0) times[index]?.[column]?.push(...timing.times)
      }
    }
  }
  return times.map((columns) => columns.map(median))
}

/** The rows of a table: the medians, and their ratios to the first row. */
const toRows = (labels: readonly number[], medians: readonly (readonly number[])[]): Cell[][] =>
  labels.map((label, index) => [
    label,
    ...(medians[index] ?? []).flatMap((value, column) => [round(value), ratio(value, medians[0]?.[column] ?? 0)]),
  ])

const columnsOf = (first: string, operations: readonly Operation[]): string[] => [
  first,
  ...operations.flatMap((operation) => [`${operation}, ms`, 'ratio']),
]

async function compareStoredCalls(options: RunOptions): Promise<ResultTable> {
  const operations = ['create', 'get'] as const
  const counts = STORED_CALLS.map(options.scale)
  const services = await Promise.all(counts.map(startService))
  try {
    const subjects: Subject[] = []
    for (const [index, { bot }] of services.entries()) {
      const [call = ''] = await createCalls(bot, counts[index] ?? 0)
      subjects.push({ bot, call })
    }
    const medians = await measureInTurn(subjects, operations, options)
    return {
      title: 'More stored calls, one request at a time',
      columns: columnsOf('stored calls at the start', operations),
      rows: toRows(counts, medians),
    }
  } finally {
    for (const service of services) await service.stop()
  }
}

async function compareParticipants(options: RunOptions): Promise<ResultTable> {
  const operations = ['get', 'mute'] as const
  const counts = [...new Set(PARTICIPANTS.map(options.scale))]
  const { bot, stop } = await startService()
  try {
    const subjects: Subject[] = []
    for (const participants of counts) {
      const [call = ''] = await createCalls(bot, 1)
      // The bot is the first participant.
      for (const _ of range(participants - 1)) await bot.joinCall(call)
      subjects.push({ bot, call })
    }
    const medians = await measureInTurn(subjects, operations, options)
    return {
      title: 'More participants in the call, one request at a time',
      columns: columnsOf('participants', operations),
      rows: toRows(counts, medians),
    }
  } finally {
    await stop()
  }
}

/** Two storages, because a second host would deliver the notifications of the first one too. */
async function compareHosts({ scale }: RunOptions): Promise<ResultTable> {
  const storages = [await startStorage(), await startStorage()] as const
  const hosts = [
    [await startApp('.', storages[0])],
    [await startApp('.', storages[1]), await startApp('.', storages[1])],
  ] as const
  const callback = await startCallback()
  const rates: [number[], number[]] = [[], []]
  const delivered: [number[], number[]] = [[], []]
  const measure = async (side: 0 | 1, bots: readonly Bot[]) => {
    const count = scale(CREATES)
    const expected = callback.received + count * CREATE_NOTIFICATIONS
    const startedAt = performance.now()
    const { totalMs } = await timeEach(range(count), IN_FLIGHT, async (index) =>
      bots[index % bots.length]?.run('create', ''),
    )
    rates[side].push((count * 1000) / totalMs)
    await callback.waitFor(expected)
    delivered[side].push((count * CREATE_NOTIFICATIONS * 1000) / (performance.now() - startedAt))
  }
  try {
    const [one, two] = await Promise.all(
      hosts.map((side) => Promise.all(side.map(({ baseUrl }) => startBot(baseUrl, callback)))),
    )
    const measureSides = () =>
      alternate(
        scale(ROUNDS),
        () => measure(0, one ?? []),
        () => measure(1, two ?? []),
      )
    await measure(0, one ?? [])
    await measure(1, two ?? [])
    for (const results of [...rates, ...delivered]) results.length = 0
    await measureSides()
  } finally {
    callback.close()
    for (const host of hosts.flat()) await host.stop()
    for (const storage of storages) await storage.stop()
  }
  const row = (name: string, [one, two]: readonly [number[], number[]]) => {
    const [a, b] = [median(one), median(two)]
    return [name, round(a), round(b), ratio(b, a)]
  }
  return {
    title: `One and two hosts on one storage, creates with ${IN_FLIGHT} in flight`,
    columns: ['a second', 'one host', 'two hosts', 'ratio'],
    rows: [row('creates', rates), row('notifications delivered', delivered)],
  }
}

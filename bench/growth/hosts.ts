import { type Bot, type Callback, CREATE_NOTIFICATIONS, startBot, startCallback } from '../bot.js'
import { type AppHost, type Storage, startApp, startStorage } from '../host.js'
import { type Cell, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { recordOperations } from '../recordOperations.js'
import { startReplay } from '../replay.js'
import { createSettler } from '../settle.js'
import { alternate, median, range, timeEach } from '../statistics.js'
import { toSteps } from '../storageRequests.js'

// How the service changes with more hosts on one storage.

const HOSTS = [1, 2, 4]
const IN_FLIGHT = 16
const CREATES = 96
const ROUNDS = 3

/** Numbers a second, one for each round. */
interface Rates {
  readonly creates: number[]
  readonly notifications: number[]
  readonly floor: number[]
}

export async function compareHosts(options: RunOptions): Promise<ResultTable> {
  const results: Rates[] = []
  for (const count of HOSTS) results.push(await measureHosts(count, options))
  return {
    title: `More hosts on one storage, creates with ${IN_FLIGHT} in flight`,
    columns: [
      ...['hosts', 'creates a second', 'floor', 'ratio to the floor', 'ratio to one host'],
      ...['notifications delivered a second', 'ratio to one host'],
    ],
    rows: HOSTS.map((count, index) => toRow(count, results[index], results[0])),
    chart: { file: 'growth-hosts', columns: [1, 2, 5], unit: 'a second' },
  }
}

/** Measures this number of hosts on a new storage, because Azurite becomes slower with every call. */
async function measureHosts(count: number, options: RunOptions): Promise<Rates> {
  const storage = await startStorage()
  const callback = await startCallback()
  const hosts: AppHost[] = []
  try {
    const bots: Bot[] = []
    for (const _ of range(count)) {
      const host = await startApp('.', storage)
      hosts.push(host)
      bots.push(await startBot(host.baseUrl, callback))
    }
    return await measureRates({ storage, bots, callback, options })
  } finally {
    callback.close()
    for (const host of hosts) await host.stop()
    await storage.stop()
  }
}

function toRow(hosts: number, rates = newRates(), one = newRates()): Cell[] {
  const [creates, floor, delivered] = [rates.creates, rates.floor, rates.notifications].map(median)
  return [
    hosts,
    ...[round(creates ?? 0), round(floor ?? 0), ratio(creates ?? 0, floor ?? 0)],
    ratio(creates ?? 0, median(one.creates)),
    ...[round(delivered ?? 0), ratio(delivered ?? 0, median(one.notifications))],
  ]
}

const newRates = (): Rates => ({ creates: [], notifications: [], floor: [] })

interface Context {
  readonly storage: Storage
  /** A bot of each host. */
  readonly bots: readonly Bot[]
  readonly callback: Callback
  readonly options: RunOptions
}

/** Measures the hosts and the floor in turn. */
async function measureRates({ storage, bots, callback, options }: Context): Promise<Rates> {
  const count = options.scale(CREATES)
  const settle = createSettler(storage.connection)
  const replay = await startReplay(storage.connection)
  const steps = toSteps((await recordOperations()).create.foreground)

  const measureCreates = async (rates: Rates): Promise<void> => {
    const expected = callback.received + count * CREATE_NOTIFICATIONS
    const startedAt = performance.now()
    const create = (index: number) => bots[index % bots.length]?.run('create', '') ?? Promise.reject()
    const { totalMs } = await timeEach(range(count), IN_FLIGHT, create)
    rates.creates.push((count * 1000) / totalMs)
    await callback.waitFor(expected)
    rates.notifications.push((count * CREATE_NOTIFICATIONS * 1000) / (performance.now() - startedAt))
    await settle()
  }
  const measureFloor = async (rates: Rates): Promise<void> => {
    const { totalMs } = await replay.measure(steps, count, { inFlight: IN_FLIGHT })
    rates.floor.push((count * 1000) / totalMs)
  }
  // Not counted: the service is not compiled yet.
  await measureCreates(newRates())
  await measureFloor(newRates())
  const rates = newRates()
  await alternate(
    options.scale(ROUNDS),
    () => measureCreates(rates),
    () => measureFloor(rates),
  )
  return rates
}

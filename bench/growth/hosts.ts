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
const CREATES = 160
const ROUNDS = 4

/** Numbers a second, one for each round. */
interface Rates {
  readonly creates: number[]
  readonly notifications: number[]
  readonly floor: number[]
}

export async function compareHosts(options: RunOptions): Promise<ResultTable> {
  const storage = await startStorage()
  const callback = await startCallback()
  const hosts: AppHost[] = []
  const bots: Bot[] = []
  try {
    const measureRates = await createMeasurement({ storage, callback, options })
    const results: Rates[] = []
    // One number of hosts after the other, because a host that runs delivers the notifications of all.
    for (const count of HOSTS) {
      while (hosts.length < count) {
        const host = await startApp('.', storage)
        hosts.push(host)
        bots.push(await startBot(host.baseUrl, callback))
      }
      results.push(await measureRates(bots))
    }
    return {
      title: `More hosts on one storage, creates with ${IN_FLIGHT} in flight`,
      columns: [
        ...['hosts', 'creates a second', 'floor', 'ratio to the floor', 'ratio to one host'],
        ...['notifications delivered a second', 'ratio to one host'],
      ],
      rows: HOSTS.map((count, index) => toRow(count, results[index], results[0])),
    }
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
  readonly callback: Callback
  readonly options: RunOptions
}

/** Returns a function that measures the hosts of these bots, which share the storage, and the floor in turn. */
async function createMeasurement({ storage, callback, options }: Context) {
  const count = options.scale(CREATES)
  const settle = createSettler(storage.connection)
  const replay = await startReplay(storage.connection, '')
  const steps = toSteps((await recordOperations()).create.foreground)

  const measureHosts = async (bots: readonly Bot[], rates: Rates): Promise<void> => {
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
    const prepared = await replay.prepare(steps, count)
    const { totalMs } = await timeEach(prepared, IN_FLIGHT, (send) => send())
    rates.floor.push((count * 1000) / totalMs)
    await replay.clearMessages()
  }
  return async (bots: readonly Bot[]): Promise<Rates> => {
    const rates = newRates()
    // Not counted: the hosts that were started last are not compiled yet.
    await measureHosts(bots, newRates())
    await measureFloor(newRates())
    await alternate(
      options.scale(ROUNDS),
      () => measureHosts(bots, rates),
      () => measureFloor(rates),
    )
    return rates
  }
}

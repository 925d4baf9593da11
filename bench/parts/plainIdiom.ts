import { randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import { type Bot, type Callback, CREATE_NOTIFICATIONS, startBot, startCallback } from '../bot.js'
import { type Stack, startStack } from '../host.js'
import { type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { PLAIN_APP, type PlainClient, plainClient } from '../plainApp.js'
import { recordOperations } from '../recordOperations.js'
import { alternate, median, pauseOf, range, timeEach } from '../statistics.js'

// Compares Ringback with an app that is written in the usual way, and a GET with the least work that a GET needs.

const IN_FLIGHT = 16
const ROUNDS = 3
const CREATES = 128
const READS = 40
const READ_ROUNDS = 4
/** Node.js compiles the code of a request fully only after some hundreds of runs. */
const READ_WARM_UP_ROUNDS = 10

export const plainIdiom: Part = {
  name: 'plain',
  async run(options) {
    const stacks = [await startStack('.'), await startStack(PLAIN_APP), await startStack('bench/hello')] as const
    const callbacks = [await startCallback(), await startCallback()] as const
    try {
      const [ours, plain, hello] = stacks
      const bot = await startBot(ours.baseUrl, callbacks[0])
      return [
        await compareCreates(bot, { plain, callback: callbacks[1] }, options),
        await compareReads(bot, { ours, hello, client: plainClient(plain.baseUrl, callbacks[1]) }, options),
      ]
    } finally {
      for (const callback of callbacks) callback.close()
      for (const stack of stacks) await stack.stop()
    }
  },
}

interface Rates {
  /** Creates a second, one number for each round. */
  readonly creates: number[]
  /** Notifications a second until the last one was delivered. */
  readonly notifications: number[]
}

async function compareCreates(
  bot: Bot,
  { plain, callback }: { readonly plain: Stack; readonly callback: Callback },
  { scale }: RunOptions,
): Promise<ResultTable> {
  const notifications = CREATE_NOTIFICATIONS
  const client = plainClient(plain.baseUrl, callback)
  const measure = async (target: Callback, create: () => Promise<unknown>, rates: Rates) => {
    const count = scale(CREATES)
    const expected = target.received + count * notifications
    const startedAt = performance.now()
    const { totalMs } = await timeEach(range(count), IN_FLIGHT, create)
    rates.creates.push((count * 1000) / totalMs)
    await target.waitFor(expected)
    rates.notifications.push((count * notifications * 1000) / (performance.now() - startedAt))
  }
  const [ours, theirs]: [Rates, Rates] = [newRates(), newRates()]
  const measureOurs = (rates: Rates) => measure(bot.callback, () => bot.run('create', ''), rates)
  const measurePlain = (rates: Rates) => measure(callback, () => client.create(notifications), rates)
  await measureOurs(newRates())
  await measurePlain(newRates())
  await alternate(
    scale(ROUNDS),
    () => measureOurs(ours),
    () => measurePlain(theirs),
  )
  const row = (name: string, a: readonly number[], b: readonly number[]) => {
    const [mine, other] = [median(a), median(b)]
    return [name, round(mine), round(other), ratio(mine, other)]
  }
  return {
    title: `Creates with ${IN_FLIGHT} in flight and ${notifications} notifications each`,
    columns: ['a second', 'Ringback', 'plain app', 'ratio'],
    rows: [
      row('creates', ours.creates, theirs.creates),
      row('notifications delivered', ours.notifications, theirs.notifications),
    ],
    chart: { file: 'plain', columns: [1, 2], unit: 'a second' },
  }
}

const newRates = (): Rates => ({ creates: [], notifications: [] })

async function compareReads(
  bot: Bot,
  { ours, hello, client }: { readonly ours: Stack; readonly hello: Stack; readonly client: PlainClient },
  { scale }: RunOptions,
): Promise<ResultTable> {
  const call = await bot.run('create', '')
  const plainCall = await client.create(0)
  const readRow = await prepareRead(ours.storage.connection)
  const sayHello = async () => void (await (await fetch(`${hello.baseUrl}/hello`)).text())
  const rows = []
  for (const inFlight of [1, IN_FLIGHT]) {
    const sides = [() => bot.run('get', call), () => client.get(plainCall), sayHello, readRow]
    const times: number[][] = sides.map(() => [])
    const measureAll = async (into: readonly number[][], pauseMs: number) => {
      for (const [side, act] of sides.entries()) {
        into[side]?.push(...(await timeEach(range(scale(READS)), inFlight, act, pauseMs)).times)
      }
    }
    for (const _ of range(scale(READ_WARM_UP_ROUNDS))) await measureAll([], 0)
    for (const _ of range(scale(READ_ROUNDS))) await measureAll(times, pauseOf(inFlight))
    const [mine = 0, plain = 0, helloWorld = 0, row = 0] = times.map(median)
    const ratios = [ratio(mine, helloWorld + row), ratio(mine, plain)]
    rows.push([`${inFlight}`, ...[mine, helloWorld, row, plain].map(round), ...ratios])
  }
  return {
    title: 'GET beside a hello world and one read of a row',
    columns: [
      'in flight',
      'Ringback, ms',
      'hello world, ms',
      'read by the SDK, ms',
      'plain app, ms',
      'ratio to hello world and read',
      'ratio to the plain app',
    ],
    rows,
  }
}

/** Returns a read of a row that is as large as a call. */
async function prepareRead(connection: string): Promise<() => Promise<unknown>> {
  const table = TableClient.fromConnectionString(connection, 'floorread', { allowInsecureConnection: true })
  await table.createTable()
  const [foreground] = (await recordOperations()).get.foreground
  const partitionKey = randomUUID()
  await table.createEntity({ partitionKey, rowKey: 'call', d0: 'x'.repeat(foreground?.reply.length ?? 0) })
  return () => table.getEntity(partitionKey, 'call')
}

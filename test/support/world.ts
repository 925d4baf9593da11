import type { Command, CreateCommand, IncomingCommand } from '../../shared/calls/commands.js'
import { CallbackUrlPolicy } from '../../shared/delivery/callbackUrlPolicy.js'
import { drain } from '../../shared/delivery/drain.js'
import type { AttemptResult } from '../../shared/delivery/retryPolicy.js'
import type { SendOptions } from '../../shared/delivery/send.js'
import { changeCall, createCall } from '../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../shared/engine/commit.js'
import { fireCallTimer } from '../../shared/engine/fireCallTimer.js'
import { sweep } from '../../shared/engine/sweep.js'
import { readSettings, type Settings } from '../../shared/service/config.js'
import { createService, type Service } from '../../shared/service/service.js'
import { MemoryQueues, MemoryTables } from '../../shared/storage/memory.js'
import type { QueueName, Queues, TimerMessage, WakeUpMessage } from '../../shared/storage/queues.js'
import type { CallRecord, DeliveryRecord, NotificationRecord } from '../../shared/storage/records.js'
import {
  type Row,
  type RowRange,
  type RowWrite,
  StorageUnavailable,
  type TableName,
  type Tables,
} from '../../shared/storage/tables.js'
import { newFixedKey } from './keys.js'

/** When every test world begins: at the beginning of a bucket of `watch`. */
export const START = 1_700_000_000_000
/** The id of the call in test/calls/examples.ts. */
export const CALL = 'call'
const SWEEP_EVERY_MS = 10_000

/** A request to the tables: `read calls`, `write calls`, `write watchdog`, `list watchdog` ... and the rows that it names. */
interface TableRequest {
  readonly name: string
  readonly rowKeys: readonly string[]
}
type Hook = (request: TableRequest) => void | Promise<void>

/** The twin, with a place before and after each request where a test can look, do something else first, or fail. */
class WatchedTables implements Tables {
  before: Hook = () => undefined
  /** What fails here has happened, and only its reply is lost. */
  after: Hook = () => undefined
  readonly #inner = new MemoryTables()

  get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    return this.#watched({ name: `read ${table}`, rowKeys: [rowKey] }, () =>
      this.#inner.get<T>(table, partitionKey, rowKey),
    )
  }

  write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    const rowKeys = writes.map(({ rowKey }) => rowKey)
    return this.#watched({ name: `write ${table}`, rowKeys }, () => this.#inner.write(table, partitionKey, writes))
  }

  list<T>(table: TableName, range: RowRange): Promise<Row<T>[]> {
    return this.#watched({ name: `list ${table}`, rowKeys: [] }, () => this.#inner.list<T>(table, range))
  }

  async #watched<R>(request: TableRequest, run: () => Promise<R>): Promise<R> {
    await this.before(request)
    const result = await run()
    await this.after(request)
    return result
  }
}

class WatchedQueues implements Queues {
  before: (queue: QueueName) => void = () => undefined
  readonly #inner = new MemoryQueues()

  async send(queue: QueueName, message: object, delayMs: number): Promise<void> {
    this.before(queue)
    await this.#inner.send(queue as 'notifications', message as WakeUpMessage, delayMs)
  }

  take(): { queue: QueueName; message: object; delayMs: number }[] {
    return this.#inner.take()
  }
}

interface Sent {
  readonly sequence: number
  readonly attempt: number
  readonly id: string
  readonly at: number
}
type Callback = (notification: NotificationRecord, options: SendOptions) => AttemptResult | Promise<AttemptResult>

/** The service in a world that a test holds in its hand: time stands still unless it is moved, ids are counted. */
export interface World {
  readonly service: Service
  readonly tables: WatchedTables
  readonly queues: WatchedQueues
  readonly clock: { now(): number; sleep(ms: number): Promise<void>; advance(ms: number): void; slept: number[] }
  /** Every POST to a callback, in order. */
  readonly sent: Sent[]
  /** What the callback answers; 202 unless a test says otherwise. */
  callback: Callback
  readonly log: string[]
  create(command: CreateCommand | IncomingCommand, dialect?: 'app' | 'communications'): Promise<ChangedCall>
  change(command: Command): Promise<ChangedCall>
  drain(message?: Partial<WakeUpMessage>): Promise<void>
  sweep(): Promise<void>
  record(): Promise<CallRecord>
  delivery(): Promise<DeliveryRecord>
  /** The rows of `watch`: when somebody looks, from the beginning of the world. */
  watched(): Promise<number[]>
  /** Lets time pass: hints come when they are visible (or never), and the sweep runs every ten seconds. */
  run(ms: number, options?: { hints: boolean }): Promise<void>
}

export function newWorld(settings: Record<string, string> = {}): World {
  const tables = new WatchedTables()
  const queues = new WatchedQueues()
  const log: string[] = []
  const sent: Sent[] = []
  let now = START
  let ids = 0
  const clock: World['clock'] = {
    now: () => now,
    sleep: async (ms) => {
      clock.slept.push(ms)
      now += ms
    },
    advance: (ms) => {
      now += ms
    },
    slept: [],
  }
  const all: Settings = readSettings({ RINGBACK_LOCAL: 'true', SIMULATOR_DEFAULT: 'wait', ...settings })
  const service = createService(all, {
    tables,
    queues,
    clock,
    newId: () => `id-${++ids}`,
    random: () => 0.5,
    send: async (notification, options) => {
      sent.push({ sequence: notification.sequence, attempt: options.attempt, id: notification.id, at: now - START })
      return world.callback(notification, options)
    },
    callbackUrlPolicy: new CallbackUrlPolicy(all, async () => []),
    keys: { access: newFixedKey(), notifications: newFixedKey() },
  })
  const write = (line: string) => void log.push(line)
  const world: World = {
    service,
    tables,
    queues,
    clock,
    sent,
    callback: () => ({ status: 202 }),
    log,
    create: (command, dialect = 'communications') => createCall(service, command, dialect),
    change: (command) => changeCall(service, CALL, command, { authorize: () => undefined }),
    drain: (message) => drain(service, { callId: CALL, ...message }, write),
    sweep: () => sweep(service, write),
    record: async () => present((await service.calls.read(CALL)).record),
    delivery: async () => present(await service.calls.readDelivery(CALL)).value,
    watched: async () =>
      (await tables.list('watchdog', { to: '~', limit: 100 })).map((row) => Number(row.partitionKey) * 5_000 - START),
    run: (ms, options) => run(world, write, ms, options),
  }
  return world
}

async function run(
  { service, queues, clock, sweep: lookAll }: World,
  log: (line: string) => void,
  ms: number,
  { hints } = { hints: true },
): Promise<void> {
  const end = clock.now() + ms
  let waiting: { queue: QueueName; message: object; at: number }[] = []
  let nextSweep = clock.now() + SWEEP_EVERY_MS
  while (clock.now() < end) {
    if (clock.now() >= nextSweep) {
      nextSweep += SWEEP_EVERY_MS
      await lookAll()
    }
    const fresh = queues.take().map((one) => ({ ...one, at: clock.now() + one.delayMs }))
    if (hints) waiting.push(...fresh)
    const due = waiting.filter(({ at }) => at <= clock.now())
    waiting = waiting.filter((one) => !due.includes(one))
    for (const { queue, message } of due) {
      if (queue === 'notifications') await drain(service, message as WakeUpMessage, log)
      else await fireCallTimer(service, message as TimerMessage)
    }
    if (due.length === 0) clock.advance(500)
  }
}

/** The storage does not answer, for as many of these requests as `times` says. */
export function failing(name: string, times = 1, rowKey?: string): Hook {
  let left = times
  return (request) => {
    if (request.name !== name || (rowKey !== undefined && !request.rowKeys.includes(rowKey)) || left === 0) return
    left -= 1
    throw new StorageUnavailable('no answer')
  }
}

/** Does something once, at the first request of this name: what somebody else does at just that moment. */
export function once(name: string, act: () => Promise<unknown>): Hook {
  let done = false
  return async (request) => {
    if (done || request.name !== name) return
    done = true
    await act()
  }
}

export const both =
  (first: Hook, second: Hook): Hook =>
  async (request) => {
    await first(request)
    await second(request)
  }

/** Puts so many more notifications into the call, as a command would, and returns their sequence numbers. */
export async function owe({ service, clock }: World, count: number): Promise<number[]> {
  const read = await service.calls.read(CALL)
  const record = present(read.record)
  const sequences = Array.from({ length: count }, (_, index) => record.sequence + 1 + index)
  const id = service.newId()
  const outcome = await service.calls.commit(read, {
    id,
    record: { ...record, sequence: record.sequence + count, hasPendingWakeUp: true },
    operations: [],
    notifications: sequences.map((sequence) => notification({ sequence, commitId: id, createdAt: clock.now() })),
    indexRows: [],
  })
  if (outcome !== 'committed') throw new Error(outcome)
  return sequences
}

export function notification(overrides: Partial<NotificationRecord> = {}): NotificationRecord {
  return {
    id: `notification-${overrides.sequence ?? 1}`,
    sequence: 1,
    callbackUri: 'https://bot.example/calls',
    applicationId: 'bot',
    tenantId: 'tenant',
    scenarioId: 'scenario',
    isRedirectable: false,
    body: '{"value":[]}',
    createdAt: START,
    commitId: 'commit',
    ...overrides,
  }
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there')
  return value
}

import type { Command, CreateCommand, IncomingCommand } from '../../shared/calls/commands.js'
import { CallbackUrlPolicy } from '../../shared/delivery/callbackUrlPolicy.js'
import { drain } from '../../shared/delivery/drain.js'
import type { AttemptResult } from '../../shared/delivery/retryPolicy.js'
import type { SendOptions } from '../../shared/delivery/send.js'
import { changeCall, createCall } from '../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../shared/engine/commit.js'
import { fireCallTimer } from '../../shared/engine/fireCallTimer.js'
import { sweep } from '../../shared/engine/sweep.js'
import type { Log } from '../../shared/platform/log.js'
import { readSettings, type Settings } from '../../shared/service/config.js'
import { createService, type Service } from '../../shared/service/service.js'
import { MemoryBlobs, MemoryTables } from '../../shared/storage/memory.js'
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
import { MemoryQueues } from './memoryQueues.js'

// The service in memory: the test controls its storage, queues, clock, ids and callback. See serviceProcess.ts for the
// service as a process.

/** The time at which every fixture starts: the beginning of a bucket of the table `watchdog`. */
export const START = 1_700_000_000_000
/** The id of the calls in callFixtures.ts. */
export const CALL = 'call'
/** The schedule of the timer function `calls-sweep`. */
const SWEEP_INTERVAL_MS = 10_000
/** The width of a bucket of the table `watchdog`. */
const BUCKET_MS = 5_000
/** How far `run` advances the clock when no message is due. */
const STEP_MS = 500

/** A request to the tables. Its name is an action and a table, such as `read calls` or `write watchdog`. */
interface TableRequest {
  readonly name: string
  readonly rowKeys: readonly string[]
}
type Hook = (request: TableRequest) => void | Promise<void>

/** Tables in memory with a hook before and after each request, where a test can observe, interfere or fail. */
class HookedTables implements Tables {
  before: Hook = () => undefined
  /** A failure in this hook means that the request was executed and its reply was lost. */
  after: Hook = () => undefined
  readonly #inner = new MemoryTables()

  get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    return this.#runHooked({ name: `read ${table}`, rowKeys: [rowKey] }, () =>
      this.#inner.get<T>(table, partitionKey, rowKey),
    )
  }

  write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    const rowKeys = writes.map(({ rowKey }) => rowKey)
    return this.#runHooked({ name: `write ${table}`, rowKeys }, () => this.#inner.write(table, partitionKey, writes))
  }

  list<T>(table: TableName, range: RowRange): Promise<Row<T>[]> {
    return this.#runHooked({ name: `list ${table}`, rowKeys: [] }, () => this.#inner.list<T>(table, range))
  }

  async #runHooked<R>(request: TableRequest, run: () => Promise<R>): Promise<R> {
    await this.before(request)
    const result = await run()
    await this.after(request)
    return result
  }
}

class HookedQueues implements Queues {
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

interface SentNotification {
  readonly id: string
  readonly sequence: number
  readonly attempt: number
  /** Milliseconds since START. */
  readonly at: number
}
type Callback = (notification: NotificationRecord, options: SendOptions) => AttemptResult | Promise<AttemptResult>

/** The service and everything outside it. Time stands still unless the test advances it; ids are counted. */
export interface ServiceFixture {
  readonly service: Service
  readonly tables: HookedTables
  readonly queues: HookedQueues
  readonly blobs: MemoryBlobs
  readonly clock: { now(): number; sleep(ms: number): Promise<void>; advance(ms: number): void; slept: number[] }
  /** Every POST to a callback, in order. */
  readonly sent: SentNotification[]
  /** The callback's answer: 202, unless a test replaces it. */
  callback: Callback
  readonly log: string[]
  /** The lines of the log that are warnings. */
  readonly warnings: string[]
  createCall(command: CreateCommand | IncomingCommand, dialect?: 'app' | 'communications'): Promise<ChangedCall>
  changeCall(command: Command): Promise<ChangedCall>
  drain(message?: Partial<WakeUpMessage>): Promise<void>
  sweep(): Promise<void>
  readRecord(): Promise<CallRecord>
  readDelivery(): Promise<DeliveryRecord>
  /** The times of all watchdog entries, in milliseconds since START. */
  listWatchdogTimes(): Promise<number[]>
  /** Lets time pass. Queue messages arrive when they become visible, or never; the sweep runs every ten seconds. */
  run(ms: number, options?: { deliverWakeUps: boolean }): Promise<void>
}

export function createServiceFixture(overrides: Record<string, string> = {}): ServiceFixture {
  const tables = new HookedTables()
  const queues = new HookedQueues()
  const blobs = new MemoryBlobs()
  const log: string[] = []
  const warnings: string[] = []
  const sent: SentNotification[] = []
  const clock = newClock()
  let ids = 0
  const settings: Settings = readSettings({ RINGBACK_LOCAL: 'true', SIMULATOR_DEFAULT: 'wait', ...overrides })
  const service = createService(settings, {
    tables,
    blobs,
    queues,
    clock,
    tokenTime: clock.now,
    newId: () => `id-${++ids}`,
    random: () => 0.5,
    send: async (notification, options) => {
      const { id, sequence } = notification
      sent.push({ id, sequence, attempt: options.attempt, at: clock.now() - START })
      return fixture.callback(notification, options)
    },
    post: async () => ({ status: 202, location: undefined, retryAfter: undefined }),
    readCertificate: async () => undefined,
    measurePrompt: async () => undefined,
    fetchMedia: async () => undefined,
    callbackUrlPolicy: new CallbackUrlPolicy(settings, async () => [{ address: '127.0.0.1', family: 4 }]),
    keys: { access: newFixedKey(), notifications: newFixedKey() },
  })
  const write: Log = (line, level) => {
    log.push(line)
    if (level === 'warning') warnings.push(line)
  }
  const fixture: ServiceFixture = {
    service,
    tables,
    queues,
    blobs,
    clock,
    sent,
    callback: () => ({ status: 202 }),
    log,
    warnings,
    createCall: (command, dialect = 'communications') => createCall(service, command, dialect),
    changeCall: (command) => changeCall(service, CALL, command, { authorize: () => undefined }),
    drain: (message) => drain(service, { callId: CALL, ...message }, write),
    sweep: () => sweep(service, write),
    readRecord: async () => assertDefined((await service.calls.read(CALL)).record),
    readDelivery: async () => assertDefined(await service.calls.readDelivery(CALL)).value,
    listWatchdogTimes: async () => {
      const entries = await tables.list('watchdog', { to: '~', limit: 100 })
      return entries.map(({ partitionKey }) => Number(partitionKey) * BUCKET_MS - START)
    },
    run: (ms, options) => run(fixture, ms, options),
  }
  return fixture
}

function newClock(): ServiceFixture['clock'] {
  let now = START
  const slept: number[] = []
  return {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
    advance: (ms) => {
      now += ms
    },
    slept,
  }
}

async function run(
  { service, queues, clock, sweep: runSweep, drain: runDrain }: ServiceFixture,
  ms: number,
  { deliverWakeUps } = { deliverWakeUps: true },
): Promise<void> {
  const end = clock.now() + ms
  let waiting: { queue: QueueName; message: object; at: number }[] = []
  let nextSweep = clock.now() + SWEEP_INTERVAL_MS
  while (clock.now() < end) {
    if (clock.now() >= nextSweep) {
      nextSweep += SWEEP_INTERVAL_MS
      await runSweep()
    }
    const newMessages = queues.take().map((message) => ({ ...message, at: clock.now() + message.delayMs }))
    if (deliverWakeUps) waiting.push(...newMessages)
    const due = waiting.filter(({ at }) => at <= clock.now())
    waiting = waiting.filter((message) => !due.includes(message))
    for (const { queue, message } of due) {
      if (queue === 'notifications') await runDrain(message as WakeUpMessage)
      else await fireCallTimer(service, message as TimerMessage)
    }
    if (due.length === 0) clock.advance(STEP_MS)
  }
}

/** A hook that fails the first `times` requests of this name; with `rowKey`, only requests that name the row. */
export function failRequests(name: string, times = 1, rowKey?: string): Hook {
  let left = times
  return (request) => {
    if (request.name !== name || (rowKey !== undefined && !request.rowKeys.includes(rowKey)) || left === 0) return
    left -= 1
    throw new StorageUnavailable('no answer')
  }
}

/** A hook that acts at the first request of this name: what another process does at just that moment. */
export function runOnce(name: string, act: () => Promise<unknown>): Hook {
  let isDone = false
  return async (request) => {
    if (isDone || request.name !== name) return
    isDone = true
    await act()
  }
}

export function combineHooks(first: Hook, second: Hook): Hook {
  return async (request) => {
    await first(request)
    await second(request)
  }
}

/** Starts a delivery, and returns when its callback has been called. The callback answers once `finish` is called. */
export async function startHangingDelivery(fixture: ServiceFixture, callId = CALL): Promise<() => Promise<void>> {
  const { promise: called, resolve: onCall } = Promise.withResolvers<void>()
  const { promise: answer, resolve: acknowledge } = Promise.withResolvers<AttemptResult>()
  fixture.callback = () => {
    onCall()
    return answer
  }
  const delivery = fixture.drain({ callId })
  await called
  return async function finish() {
    acknowledge({ status: 202 })
    await delivery
  }
}

/** Commits `count` more notifications to the call, as a command does, and returns their sequence numbers. */
export async function addPendingNotifications({ service, clock }: ServiceFixture, count: number): Promise<number[]> {
  const read = await service.calls.read(CALL)
  const record = assertDefined(read.record)
  const sequences = Array.from({ length: count }, (_, index) => record.sequence + 1 + index)
  const id = service.newId()
  const outcome = await service.calls.commit(read, {
    id,
    record: { ...record, sequence: record.sequence + count, hasPendingWakeUp: true },
    operations: [],
    notifications: sequences.map((sequence) => newNotification({ sequence, createdAt: clock.now() })),
    indexRows: [],
  })
  if (outcome !== 'committed') throw new Error(`expected the commit to succeed, got ${outcome}`)
  return sequences
}

export function newNotification(overrides: Partial<NotificationRecord> = {}): NotificationRecord {
  return {
    id: `notification-${overrides.sequence ?? 1}`,
    sequence: 1,
    callbackUri: 'https://bot.example/calls',
    applicationId: 'bot',
    tenantId: 'tenant',
    scenarioId: 'scenario',
    isRedirectable: false,
    usesRedirect: false,
    body: '{"value":[]}',
    createdAt: START,
    ...overrides,
  }
}

/** Returns the value, or throws when it is undefined. */
export function assertDefined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value, got undefined')
  return value
}

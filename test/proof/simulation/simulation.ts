import type { Timer } from '../../../shared/calls/call.js'
import { CallError } from '../../../shared/calls/errors.js'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { drain } from '../../../shared/delivery/drain.js'
import type { AttemptResult } from '../../../shared/delivery/retryPolicy.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import { sweep } from '../../../shared/engine/sweep.js'
import { readSettings } from '../../../shared/service/config.js'
import { createService, type Service } from '../../../shared/service/service.js'
import { MemoryBlobs, MemoryTables } from '../../../shared/storage/memory.js'
import type { QueueName, Queues, TimerMessage, WakeUpMessage } from '../../../shared/storage/queues.js'
import type { CallRecord, ClientRequest, NotificationRecord } from '../../../shared/storage/records.js'
import { ShardedTables } from '../../../shared/storage/sharded.js'
import {
  type Row,
  type RowRange,
  type RowWrite,
  StorageUnavailable,
  type TableName,
  type Tables,
} from '../../../shared/storage/tables.js'
import { newFixedKey } from '../../support/keys.js'
import { chooseFaults, type Faults, NO_FAULTS } from './faults.js'
import { seeded, VirtualTime } from './time.js'

export const START = 1_700_000_000_000
const HOSTS = 2
/** The real host hides a message whose reader died for this long, whatever is configured. */
const DEAD_READER_HIDES_MS = 600_000
/** host.json, maxDequeueCount. */
const MAX_DEQUEUE_COUNT = 5
const SWEEP_EVERY_MS = 10_000
const RESTART_MS = 3_000
const POLL_MS = 100
const CLIENT_TIMEOUT_MS = 30_000
/** The default of NOTIFICATION_TIMEOUT_MS. */
const CALLBACK_TIMEOUT_MS = 10_000
/** The average outage of an account: longer than a lease, and than the ringing lasts. */
const OUTAGE_MS = 60_000
/** Longer than a lease and the skew of the clocks. */
const LONG_PAUSE_MS = 50_000

/** A POST that reached the callback. */
export interface Arrival {
  readonly callId: string
  readonly sequence: number
  readonly id: string
  readonly body: string
  /** When it was committed, by the clock of the host that committed it. */
  readonly createdAt: number
  readonly startedAt: number
  /** When the callback answered 2xx, if it did. */
  acknowledgedAt?: number
}

/** A notification that was recorded as dead-lettered on its own: the rest of its call continues without it. */
export interface DeadLetter {
  /** The call chain, as in an arrival. */
  readonly callId: string
  readonly sequence: number
  /** When the storage recorded it. */
  readonly recordedAt: number
}

/**
 * Removes a part of the protocol from the storage of a host, to show that the simulation notices.
 *
 * @param onSabotage must be called for every request that is not carried out as the service sent it
 */
export type Sabotage = (tables: Tables, onSabotage: () => void) => Tables

export interface Options {
  readonly sabotage?: Sabotage
  /** The faults of the run; the seed chooses them by default. */
  readonly faults?: Faults
  /** The crash points, counted from 1, at which a host dies. One is before and one after each request of a host. */
  readonly crashAt?: ReadonlySet<number>
  readonly settings?: Readonly<Record<string, string>>
  /** The notifications that the callback answers with an error, by their sequence numbers; may change in the run. */
  readonly refused?: ReadonlySet<number>
  /** The number of storage accounts to which calls are distributed; 1 by default. */
  readonly accounts?: number
}

/** A process. When it dies, all of its work stops forever. */
interface Host {
  readonly service: Service
  isAlive: boolean
}

/** The reply to a client. */
export type Reply<T> = { readonly value: T } | { readonly error: Error }

/** The service on several hosts, its storage, its clients and their callbacks, on a virtual clock. */
export class Simulation {
  readonly time = new VirtualTime(START)
  readonly tables: Tables
  readonly blobs = new MemoryBlobs()
  readonly arrivals: Arrival[] = []
  readonly deadLetters: DeadLetter[] = []
  readonly faultCounts = new Map<string, number>()
  readonly schedule: string[] = []
  readonly random: () => number
  readonly #initialFaults: Faults
  #faults: Faults
  readonly #hosts: Host[] = []
  readonly #sabotage: Sabotage
  readonly #crashAt: ReadonlySet<number>
  readonly #settings: Readonly<Record<string, string>>
  readonly #refused: ReadonlySet<number>
  /** The queues are in the first one. */
  readonly #accounts: readonly [MemoryTables, ...MemoryTables[]]
  /** When the last outage of each account ends. */
  readonly #outageEnds = new Map<MemoryTables, number>()
  /** How many crash points the run has passed. */
  crashPoints = 0
  /** How many storage requests the sabotage has changed. */
  sabotagedRequests = 0
  /** How many messages are queued or being handled. */
  messages = 0
  /** The longest delay of a timer, in milliseconds. */
  longestTimerDelayMs = 0
  /** The timers of each call as they were last written. */
  readonly #timers = new Map<string, readonly Timer[]>()
  #ids = 0

  constructor(
    seed: number,
    {
      sabotage = (tables) => tables,
      faults,
      crashAt = new Set(),
      settings = {},
      refused = new Set(),
      accounts = 1,
    }: Options = {},
  ) {
    this.#accounts = [new MemoryTables(), ...Array.from({ length: accounts - 1 }, () => new MemoryTables())]
    this.tables = distribute(this.#accounts)
    this.random = seeded(seed)
    this.#initialFaults = faults ?? chooseFaults(this.random)
    this.#faults = this.#initialFaults
    this.#sabotage = sabotage
    this.#crashAt = crashAt
    this.#settings = settings
    this.#refused = refused
    for (let index = 0; index < HOSTS; index++) this.#hosts.push(this.#newHost())
    this.#scheduleSweep()
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults = NO_FAULTS
    this.#outageEnds.clear()
  }

  /** Starts the initial faults again, except 410 Gone, which would dead-letter calls that are not replayed any more. */
  relapse(): void {
    this.#faults = { ...this.#initialFaults, callbackGone: 0 }
  }

  newId = (): string => `id-${++this.#ids}`

  /** Sends a request of a client to any host. Returns undefined when the client gets no reply. */
  async request<T>(name: string, run: (service: Service) => Promise<T>): Promise<Reply<T> | undefined> {
    const host = this.#hosts.filter(({ isAlive }) => isAlive)[Math.floor(this.random() * HOSTS)] ?? this.#hosts[0]
    if (!host?.isAlive) return undefined
    this.#note(`request ${name}`)
    return new Promise((resolve) => {
      run(host.service).then(
        (value) => resolve({ value }),
        (error: Error) => resolve({ error }),
      )
      this.time.after(CLIENT_TIMEOUT_MS, () => resolve(undefined))
    })
  }

  /** Repeats a request until it is answered, as official clients do; half of the clients send it once. */
  async requestUntilAnswered<T>(
    name: string,
    run: (service: Service, request: ClientRequest) => Promise<T>,
    attempts = this.random() < 0.5 ? 1 : 4,
  ): Promise<Reply<T> | undefined> {
    const id = `${name} ${this.newId()}`
    for (let attempt = 0; attempt < attempts; attempt++) {
      const reply = await this.request(name, (service) => run(service, { id, isRetry: attempt > 0 }))
      const isUnanswered = !reply || ('error' in reply && reply.error instanceof StorageUnavailable)
      if (!isUnanswered) return reply
      await this.sleep(1_000 * (attempt + 1))
    }
    return undefined
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.after(ms, resolve))
  }

  #newHost(): Host {
    const host: Host = { isAlive: true, service: undefined as unknown as Service }
    const skew = (this.random() - 0.5) * 2 * this.#faults.clockSkewMs
    const settings = readSettings({
      RINGBACK_LOCAL: 'true',
      SIMULATOR_DEFAULT: 'answer',
      SIMULATOR_ANSWER_AFTER_MS: '700',
      ...this.#settings,
    })
    const service = createService(settings, {
      tables: this.#sabotage(distribute(this.#accounts.map((account) => this.#tablesOf(host, account))), () => {
        this.sabotagedRequests++
      }),
      blobs: this.blobs,
      queues: this.#queuesOf(host),
      clock: { now: () => this.time.now + skew, sleep: (ms) => this.#wait(host, ms) },
      tokenTime: () => this.time.now,
      newId: this.newId,
      random: this.random,
      send: (notification, { timeoutMs }) => this.#post(host, notification, timeoutMs),
      post: async () => ({ status: 202, location: undefined, retryAfter: undefined }),
      readCertificate: async () => undefined,
      measurePrompt: async () => undefined,
      fetchMedia: async () => undefined,
      callbackUrlPolicy: new CallbackUrlPolicy(settings, async () => []),
      keys: { access: newFixedKey(), notifications: newFixedKey() },
    })
    return Object.assign(host, { service })
  }

  #note(line: string): void {
    this.schedule.push(`${((this.time.now - START) / 1000).toFixed(3)} ${line}`)
  }

  /** Decides whether a fault happens here. */
  #happens(kind: keyof Faults): boolean {
    if (this.random() >= this.#faults[kind]) return false
    this.#count(kind)
    this.#note(kind)
    return true
  }

  #count(kind: string): void {
    this.faultCounts.set(kind, (this.faultCounts.get(kind) ?? 0) + 1)
  }

  /** A wait on a dead host never ends, so that no catch and no finally of its code runs. */
  #wait(host: Host, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.time.after(ms, () => {
        if (host.isAlive) resolve()
      })
    })
  }

  async #passCrashPoint(host: Host): Promise<void> {
    this.crashPoints += 1
    if (!host.isAlive || this.#crashAt.has(this.crashPoints) || this.#happens('crash')) {
      this.#kill(host)
      await new Promise(() => undefined)
    }
    if (this.#happens('longPause')) await this.#wait(host, LONG_PAUSE_MS * (0.5 + this.random()))
  }

  #kill(host: Host): void {
    if (!host.isAlive) return
    host.isAlive = false
    this.time.after(RESTART_MS, () => {
      this.#hosts[this.#hosts.indexOf(host)] = this.#newHost()
    })
  }

  /** Sends a request from a host to the storage. It takes time, and faults may happen before and after it. */
  async #askStorage<T>(host: Host, account: MemoryTables, name: string, effect: () => Promise<T>): Promise<T> {
    await this.#wait(host, 1 + this.random() * 20)
    await this.#passCrashPoint(host)
    if (this.#happens('refused') || this.#isDown(account)) throw new StorageUnavailable(`${name} was refused`)
    const result = await effect().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    await this.#passCrashPoint(host)
    await this.#wait(host, 1 + this.random() * 20)
    if (this.#happens('replyLost')) throw new StorageUnavailable(`the reply to ${name} was lost`)
    if ('error' in result) throw result.error
    return result.value
  }

  /** Returns whether an account refuses this request. An outage may begin with it. */
  #isDown(account: MemoryTables): boolean {
    if (this.#happens('accountDown')) this.#outageEnds.set(account, this.time.now + OUTAGE_MS * (0.5 + this.random()))
    return this.time.now < (this.#outageEnds.get(account) ?? 0)
  }

  /** The tables of one account for a host. A list of all accounts is a request to each, and each may meet faults. */
  #tablesOf(host: Host, tables: MemoryTables): Tables {
    return {
      get: <T>(table: TableName, partition: string, row: string) =>
        this.#askStorage(host, tables, `read ${table}`, () => tables.get<T>(table, partition, row)),
      write: (table: TableName, partition: string, writes: readonly RowWrite[]) =>
        this.#askStorage(host, tables, `write ${table}`, async () => {
          const replacesCall = writes.some(({ type, rowKey }) => type === 'replace' && rowKey === 'call')
          if (replacesCall && this.#happens('etagStorm')) await rewriteCall(tables, partition)
          const etags = await tables.write(table, partition, writes)
          this.#noteTimers(partition, writes)
          await this.#noteDeadLetters(partition, writes)
          return etags
        }),
      list: <T>(table: TableName, range: RowRange) =>
        this.#askStorage(host, tables, `list ${table}`, (): Promise<Row<T>[]> => tables.list<T>(table, range)),
    }
  }

  /** Measures the delay of the timers that a write removes from a call. */
  #noteTimers(callId: string, writes: readonly RowWrite[]): void {
    const write = writes.find(({ rowKey }) => rowKey === 'call')
    const record = write && 'value' in write ? (write.value as Partial<CallRecord>) : undefined
    if (!record?.call) return
    const { timers } = record.call
    for (const { id, at } of this.#timers.get(callId) ?? []) {
      const isRemoved = !timers.some((timer) => timer.id === id && timer.at === at)
      if (isRemoved) this.longestTimerDelayMs = Math.max(this.longestTimerDelayMs, this.time.now - at)
    }
    this.#timers.set(callId, timers)
  }

  async #noteDeadLetters(partition: string, writes: readonly RowWrite[]): Promise<void> {
    const rowKeys = writes.map(({ rowKey }) => rowKey).filter((rowKey) => rowKey.startsWith('deadLetter:'))
    if (rowKeys.length === 0) return
    const callId = (await this.tables.get<CallRecord>('calls', partition, 'call'))?.value.call.callChainId ?? ''
    for (const rowKey of rowKeys) {
      const sequence = Number(rowKey.split(':')[1])
      this.deadLetters.push({ callId, sequence, recordedAt: this.time.now })
      this.#count('deadLetter')
      this.#note(`dead-lettered ${callId} #${sequence}`)
    }
  }

  #queuesOf(host: Host): Queues {
    return {
      send: (queue: QueueName, message: WakeUpMessage | TimerMessage, delayMs: number) =>
        this.#askStorage(host, this.#accounts[0], `send ${queue}`, async () => {
          if (this.#happens('messageDropped')) return
          const copies = this.#happens('messageDoubled') ? 2 : 1
          for (let copy = 0; copy < copies; copy++) {
            const late = this.#happens('messageDelayed') ? this.random() * 20_000 : 0
            this.#deliver(queue, message, Math.floor(delayMs / 1000) * 1000 + late)
          }
        }),
    }
  }

  /** Delivers a message to any host after a delay; a message whose reader dies is delivered again after ten minutes. */
  #deliver(queue: QueueName, message: WakeUpMessage | TimerMessage, delayMs: number, dequeueCount = 1): void {
    this.messages++
    this.time.after(delayMs + this.random() * POLL_MS, () => {
      const host = this.#hosts[Math.floor(this.random() * HOSTS)]
      if (!host?.isAlive) {
        this.messages--
        this.#deliver(queue, message, POLL_MS, dequeueCount)
        return
      }
      this.#consume(host, queue, message, dequeueCount)
    })
  }

  #consume({ service }: Host, queue: QueueName, message: WakeUpMessage | TimerMessage, dequeueCount: number): void {
    let isHandled = false
    const finish = () => {
      isHandled = true
      this.messages--
    }
    const handling =
      queue === 'notifications'
        ? drain(service, message as WakeUpMessage, () => undefined)
        : fireCallTimer(service, message as TimerMessage)
    handling.then(finish, (error: unknown) => {
      finish()
      // registerQueueFunction drops a wake-up that meets a storage failure. After any other error the host repeats it.
      if (error instanceof StorageUnavailable) return
      this.#count('thrown')
      this.#note(`thrown: ${error}`)
      if (dequeueCount < MAX_DEQUEUE_COUNT) this.#deliver(queue, message, 0, dequeueCount + 1)
    })
    this.time.after(DEAD_READER_HIDES_MS, () => {
      if (isHandled) return
      this.messages--
      this.#deliver(queue, message, 0, dequeueCount + 1)
    })
  }

  #scheduleSweep(): void {
    this.time.after(SWEEP_EVERY_MS, () => {
      const host = this.#hosts.find(({ isAlive }) => isAlive)
      if (host) sweep(host.service, () => undefined).catch(() => undefined)
      this.#scheduleSweep()
    })
  }

  async #post(host: Host, notification: NotificationRecord, timeoutMs: number): Promise<AttemptResult> {
    await this.#wait(host, 1 + this.random() * 10)
    await this.#passCrashPoint(host)
    const { sequence, id, body, createdAt } = notification
    const callId = notification.scenarioId
    const arrival: Arrival = { callId, sequence, id, body, createdAt, startedAt: this.time.now }
    this.arrivals.push(arrival)
    this.#note(`POST ${callId} #${sequence}`)
    const isHanging = this.#happens('callbackHangs')
    await this.#wait(host, isHanging ? timeoutMs : this.#callbackDuration())
    if (isHanging) return { error: 'timeout' }
    if (this.#refused.has(sequence) || this.#happens('callbackFails')) return { status: 500 }
    if (this.#happens('callbackGone')) return { status: 410 }
    arrival.acknowledgedAt = this.time.now
    await this.#passCrashPoint(host)
    await this.#wait(host, this.random() * 10)
    return this.#happens('acknowledgementLost') ? { error: 'ECONNRESET' } : { status: 202 }
  }

  #callbackDuration(): number {
    return this.#happens('callbackSlow') ? this.random() * CALLBACK_TIMEOUT_MS * 0.9 : this.random() * 50
  }
}

function distribute([account, ...others]: readonly Tables[]): Tables {
  if (!account) throw new Error('expected an account')
  return others.length === 0 ? account : new ShardedTables([account, ...others])
}

/** Rewrites the row of a call unchanged, as another writer may: only its ETag changes. */
async function rewriteCall(tables: Tables, callId: string): Promise<void> {
  const row = await tables.get('calls', callId, 'call')
  if (row) await tables.write('calls', callId, [{ type: 'put', rowKey: 'call', value: row.value }])
}

/** Returns whether the rules refused a request, which is a valid answer. */
export const isRefusal = (error: Error): boolean => error instanceof CallError || error.name === 'GraphError'

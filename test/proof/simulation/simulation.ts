import { CallError } from '../../../shared/calls/errors.js'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { drain } from '../../../shared/delivery/drain.js'
import type { AttemptResult } from '../../../shared/delivery/retryPolicy.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import { sweep } from '../../../shared/engine/sweep.js'
import { readSettings } from '../../../shared/service/config.js'
import { createService, type Service } from '../../../shared/service/service.js'
import { MemoryTables } from '../../../shared/storage/memory.js'
import type { QueueName, Queues, TimerMessage, WakeUpMessage } from '../../../shared/storage/queues.js'
import type { ClientRequest, NotificationRecord } from '../../../shared/storage/records.js'
import {
  type Row,
  type RowRange,
  type RowWrite,
  StorageUnavailable,
  type TableName,
  type Tables,
} from '../../../shared/storage/tables.js'
import { newFixedKey } from '../../support/keys.js'
import { type Faults, faultsOf, NO_FAULTS } from './faults.js'
import { seeded, VirtualTime } from './time.js'

export const START = 1_700_000_000_000
const HOSTS = 2
/** A message whose reader has died is hidden for so long by the real host, whatever is configured. */
const DEAD_READER_HIDES_MS = 600_000
const SWEEP_EVERY_MS = 10_000
const RESTART_MS = 3_000
const POLL_MS = 100
const TIMEOUT_MS = 10_000
/** Longer than a lease and the skew of the clocks. */
const LONG_PAUSE_MS = 50_000

/** One POST that reached the callback. */
export interface Arrival {
  readonly callId: string
  readonly sequence: number
  readonly id: string
  readonly body: string
  /** When it was committed, by the clock of the host that did it. */
  readonly createdAt: number
  readonly startedAt: number
  /** When the callback answered 2xx, if it did. */
  acknowledgedAt?: number
}

/** A change of what the storage does: how the simulation is shown to see what must not be. */
export type Sabotage = (tables: Tables) => Tables

export interface Options {
  readonly sabotage?: Sabotage
  /** What goes wrong by chance; as the seed decides unless it is given. */
  readonly faults?: Faults
  /** The points, counted from 1, at which the host dies that comes to them: before and after each request that leaves a host. */
  readonly crashAt?: ReadonlySet<number>
  readonly settings?: Readonly<Record<string, string>>
}

/** A process: it dies as a whole, and what it was doing never goes on. */
interface Host {
  readonly service: Service
  alive: boolean
}

/** The service on several hosts, its storage, its clients and their callbacks, in a time of its own. One seed is one run. */
export class Simulation {
  readonly time = new VirtualTime(START)
  readonly tables = new MemoryTables()
  readonly arrivals: Arrival[] = []
  readonly happened = new Map<string, number>()
  readonly schedule: string[] = []
  readonly random: () => number
  readonly #first: Faults
  #faults: Faults
  readonly #hosts: Host[] = []
  readonly #sabotage: Sabotage
  readonly #crashAt: ReadonlySet<number>
  readonly #settings: Readonly<Record<string, string>>
  /** How many points there have been at which a host could have died. */
  points = 0
  #messages = 0
  #ids = 0

  constructor(
    seed: number,
    { sabotage = (tables) => tables, faults, crashAt = new Set(), settings = {} }: Options = {},
  ) {
    this.random = seeded(seed)
    this.#first = faults ?? faultsOf(this.random)
    this.#faults = this.#first
    this.#sabotage = sabotage
    this.#crashAt = crashAt
    this.#settings = settings
    for (let index = 0; index < HOSTS; index++) this.#hosts.push(this.#newHost())
    this.#sweepAgain()
  }

  /** From here on nothing goes wrong any more. */
  heal(): void {
    this.#faults = NO_FAULTS
  }

  /** From here on things go wrong again, as they did in the beginning, but for a callback that is gone for good. */
  relapse(): void {
    this.#faults = { ...this.#first, callbackGone: 0 }
  }

  newId = (): string => `id-${++this.#ids}`

  /** A request of a client to any host: undefined when nothing comes back. */
  async request<T>(
    name: string,
    run: (service: Service) => Promise<T>,
  ): Promise<{ value: T } | { error: Error } | undefined> {
    const host = this.#hosts.filter(({ alive }) => alive)[Math.floor(this.random() * HOSTS)] ?? this.#hosts[0]
    if (!host?.alive) return undefined
    this.#note(`request ${name}`)
    return new Promise((resolve) => {
      run(host.service).then(
        (value) => resolve({ value }),
        (error: Error) => resolve({ error }),
      )
      // Whoever is not answered within half a minute goes away.
      this.time.after(30_000, () => resolve(undefined))
    })
  }

  /** The same request again until it is answered, as official clients do; others ask once. */
  async requestUntilAnswered<T>(
    name: string,
    run: (service: Service, request: ClientRequest) => Promise<T>,
    attempts = this.random() < 0.5 ? 1 : 4,
  ): Promise<{ value: T } | { error: Error } | undefined> {
    const id = `${name} ${this.newId()}`
    for (let attempt = 0; attempt < attempts; attempt++) {
      const reply = await this.request(name, (service) => run(service, { id, isRetry: attempt > 0 }))
      const again = !reply || ('error' in reply && reply.error instanceof StorageUnavailable)
      if (!again) return reply
      await this.sleep(1_000 * (attempt + 1))
    }
    return undefined
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.after(ms, resolve))
  }

  #newHost(): Host {
    const host: Host = { alive: true, service: undefined as unknown as Service }
    const skew = (this.random() - 0.5) * 2 * this.#faults.clockSkewMs
    const settings = readSettings({
      RINGBACK_LOCAL: 'true',
      SIMULATOR_DEFAULT: 'answer',
      SIMULATOR_ANSWER_AFTER_MS: '700',
      ...this.#settings,
    })
    const service = createService(settings, {
      tables: this.#sabotage(this.#tablesOf(host)),
      queues: this.#queuesOf(host),
      clock: { now: () => this.time.now + skew, sleep: (ms) => this.#wait(host, ms) },
      newId: this.newId,
      random: this.random,
      send: (notification, { timeoutMs }) => this.#post(host, notification, timeoutMs),
      callbackUrlPolicy: new CallbackUrlPolicy(settings, async () => []),
      keys: { access: newFixedKey(), notifications: newFixedKey() },
    })
    return Object.assign(host, { service })
  }

  #note(what: string): void {
    this.schedule.push(`${((this.time.now - START) / 1000).toFixed(3)} ${what}`)
  }

  #chance(kind: keyof Faults): boolean {
    if (this.random() >= this.#faults[kind]) return false
    this.happened.set(kind, (this.happened.get(kind) ?? 0) + 1)
    this.#note(kind)
    return true
  }

  /** What waits on a dead host waits for ever: no catch and no finally of it runs. */
  #wait(host: Host, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.time.after(ms, () => {
        if (host.alive) resolve()
      })
    })
  }

  async #mayDie(host: Host): Promise<void> {
    this.points += 1
    if (!host.alive || this.#crashAt.has(this.points) || this.#chance('crash')) {
      this.#kill(host)
      await new Promise(() => undefined)
    }
    if (this.#chance('longPause')) await this.#wait(host, LONG_PAUSE_MS * (0.5 + this.random()))
  }

  #kill(host: Host): void {
    if (!host.alive) return
    host.alive = false
    this.time.after(RESTART_MS, () => {
      this.#hosts[this.#hosts.indexOf(host)] = this.#newHost()
    })
  }

  /** A request from a host to the storage: it takes its time, and everything may happen before and after it. */
  async #ask<T>(host: Host, name: string, effect: () => Promise<T>): Promise<T> {
    await this.#wait(host, 1 + this.random() * 20)
    await this.#mayDie(host)
    if (this.#chance('refused')) throw new StorageUnavailable(`${name} was refused`)
    const result = await effect().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    await this.#mayDie(host)
    await this.#wait(host, 1 + this.random() * 20)
    if (this.#chance('replyLost')) throw new StorageUnavailable(`the reply to ${name} was lost`)
    if ('error' in result) throw result.error
    return result.value
  }

  #tablesOf(host: Host): Tables {
    const { tables } = this
    return {
      get: <T>(table: TableName, partition: string, row: string) =>
        this.#ask(host, `read ${table}`, () => tables.get<T>(table, partition, row)),
      write: (table: TableName, partition: string, writes: readonly RowWrite[]) =>
        this.#ask(host, `write ${table}`, async () => {
          const replacesCall = writes.some(({ type, rowKey }) => type === 'replace' && rowKey === 'call')
          if (replacesCall && this.#chance('etagStorm')) await rewriteCall(tables, partition)
          return tables.write(table, partition, writes)
        }),
      list: <T>(table: TableName, range: RowRange) =>
        this.#ask(host, `list ${table}`, (): Promise<Row<T>[]> => tables.list<T>(table, range)),
    }
  }

  #queuesOf(host: Host): Queues {
    return {
      send: (queue: QueueName, message: WakeUpMessage | TimerMessage, delayMs: number) =>
        this.#ask(host, `send ${queue}`, async () => {
          if (this.#chance('messageDropped')) return
          const copies = this.#chance('messageDoubled') ? 2 : 1
          for (let copy = 0; copy < copies; copy++) {
            const late = this.#chance('messageDelayed') ? this.random() * 20_000 : 0
            this.#deliver(queue, message, Math.floor(delayMs / 1000) * 1000 + late)
          }
        }),
    }
  }

  /** A message comes to some host after a while; one whose reader dies comes again after ten minutes. */
  #deliver(queue: QueueName, message: WakeUpMessage | TimerMessage, delayMs: number, times = 1): void {
    this.#messages++
    this.time.after(delayMs + this.random() * POLL_MS, () => {
      const host = this.#hosts[Math.floor(this.random() * HOSTS)]
      if (!host?.alive) {
        this.#messages--
        return this.#deliver(queue, message, POLL_MS, times)
      }
      let ended = false
      const handled =
        queue === 'notifications'
          ? drain(host.service, message as WakeUpMessage, () => undefined)
          : fireCallTimer(host.service, message as TimerMessage)
      const end = () => {
        ended = true
        this.#messages--
      }
      // As queueFunction does it: a storage that does not answer is no reason to come again.
      handled.then(end, (error: unknown) => {
        end()
        if (error instanceof StorageUnavailable) return
        this.happened.set('thrown', (this.happened.get('thrown') ?? 0) + 1)
        this.#note(`thrown: ${error}`)
        if (times < 5) this.#deliver(queue, message, 0, times + 1)
      })
      this.time.after(DEAD_READER_HIDES_MS, () => {
        if (ended) return
        this.#messages--
        this.#deliver(queue, message, 0, times + 1)
      })
    })
  }

  #sweepAgain(): void {
    this.time.after(SWEEP_EVERY_MS, () => {
      const host = this.#hosts.find(({ alive }) => alive)
      if (host) sweep(host.service, () => undefined).catch(() => undefined)
      this.#sweepAgain()
    })
  }

  async #post(host: Host, notification: NotificationRecord, timeoutMs: number): Promise<AttemptResult> {
    await this.#wait(host, 1 + this.random() * 10)
    await this.#mayDie(host)
    const { sequence, id, body, createdAt } = notification
    const callId = notification.scenarioId
    const arrival: Arrival = { callId, sequence, id, body, createdAt, startedAt: this.time.now }
    this.arrivals.push(arrival)
    this.#note(`POST ${callId} #${sequence}`)
    const hangs = this.#chance('callbackHangs')
    const takes = hangs
      ? timeoutMs
      : this.#chance('callbackSlow')
        ? this.random() * TIMEOUT_MS * 0.9
        : this.random() * 50
    await this.#wait(host, takes)
    if (hangs) return { error: 'timeout' }
    if (this.#chance('callbackFails')) return { status: 500 }
    if (this.#chance('callbackGone')) return { status: 410 }
    arrival.acknowledgedAt = this.time.now
    await this.#mayDie(host)
    await this.#wait(host, this.random() * 10)
    return this.#chance('acknowledgementLost') ? { error: 'ECONNRESET' } : { status: 202 }
  }

  get messages(): number {
    return this.#messages
  }
}

/** As another command would that changes nothing: the row is the same, and its ETag another. */
async function rewriteCall(tables: Tables, callId: string): Promise<void> {
  const row = await tables.get('calls', callId, 'call')
  if (row) await tables.write('calls', callId, [{ type: 'put', rowKey: 'call', value: row.value }])
}

/** Whether a reply says that the rules refuse, which is an answer like any other. */
export const isRefusal = (error: Error): boolean => error instanceof CallError || error.name === 'GraphError'

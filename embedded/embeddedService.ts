import { randomUUID } from 'node:crypto'
import type { HttpResponseInit } from '@azure/functions'
import { findNextOccurrence, parseSchedule } from '../hosting/schedule.js'
import { sweep } from '../shared/engine/sweep.js'
import type { IncomingRequest, Invocation } from '../shared/http/incoming.js'
import { registeredQueues } from '../shared/http/registerQueueFunction.js'
import { answerUnknownPath } from '../shared/http/unknownPath.js'
import { readSettings } from '../shared/service/config.js'
import { createNetwork } from '../shared/service/network.js'
import { createService, type Dependencies, type Service } from '../shared/service/service.js'
import type { Blobs } from '../shared/storage/blobs.js'
import type { Tables } from '../shared/storage/tables.js'
import { Activity } from './activity.js'
import { Messages, type PendingMessage } from './messages.js'
import { Time } from './time.js'

/** How long `idle` waits in real time: much longer than a callback takes that answers. */
const IDLE_TIMEOUT_MS = 3_000

/** The levels of the log that are passed on. */
type LogLevel = 'information' | 'warning' | 'error'

export interface EmbeddedOptions {
  /** The settings, as environment variables. RINGBACK_LOCAL is true by default. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the state is kept. */
  readonly storage: { readonly tables: Tables; readonly blobs: Blobs }
  readonly keys: Dependencies['keys']
  readonly log: (level: LogLevel, source: string, text: string) => void
  /** The time at which the clock starts; by default that of the machine. */
  readonly startTime?: number
}

/**
 * The service in this process, without a Functions host. Its queues are in memory: they hold wake-ups only, and the
 * sweep sends those again that a process has lost. `loadFunctions` must have run before the first request.
 */
export class EmbeddedService {
  readonly service: Service
  readonly #time: Time
  readonly #activity = new Activity()
  #advancing: Promise<unknown> = Promise.resolve()
  readonly #messages: Messages
  readonly #log: EmbeddedOptions['log']

  /** @throws ConfigError when a setting is not valid, UserError for SWEEP_SCHEDULE */
  constructor({ env, storage, keys, log, startTime }: EmbeddedOptions) {
    const settings = readSettings({ RINGBACK_LOCAL: 'true', ...env })
    this.#log = log
    this.#time = new Time(startTime)
    this.#messages = new Messages({ time: this.#time, process: (queue, message) => this.#process(queue, message) })
    const network = createNetwork(settings)
    this.service = createService(settings, {
      ...network,
      ...storage,
      queues: this.#messages,
      clock: {
        now: () => this.#time.now(),
        sleep: (milliseconds) => this.#activity.pause(() => this.#time.sleep(milliseconds)),
      },
      tokenTime: Date.now,
      newId: randomUUID,
      random: Math.random,
      send: (notification, options) =>
        this.#activity.contact(`the POST to ${notification.callbackUri}`, () => network.send(notification, options)),
      keys,
    })
    this.#scheduleSweep(parseSchedule('SWEEP_SCHEDULE', settings.SWEEP_SCHEDULE))
    // A wake-up that was lost with the process before is sent again.
    this.#time.at(0, () => void this.#sweep())
  }

  /** Answers a request of a bot to any path. */
  handle(request: IncomingRequest): Promise<HttpResponseInit> {
    return this.#activity.contact(`${request.method} ${new URL(request.url).pathname}`, () => this.#answer(request))
  }

  /** Answers a request that no bot has sent, so that none is expected to follow. */
  handleOwn(request: IncomingRequest): Promise<HttpResponseInit> {
    return this.#activity.run('a request of the test', () => this.#answer(request))
  }

  /** The current time of the service, in milliseconds since 1970. */
  now(): number {
    return this.#time.now()
  }

  /**
   * Resolves when nothing is left to do until the clock advances.
   *
   * @throws Error after a time, which names what still runs
   */
  async idle(withinMs = IDLE_TIMEOUT_MS): Promise<void> {
    await this.#activity.idle(withinMs)
    for (let next = this.#time.next(); next !== undefined && next <= this.#time.now(); next = this.#time.next()) {
      this.#time.advanceTo(next)
      await this.#activity.idle(withinMs)
    }
  }

  /**
   * Advances the clock. Everything that becomes due on the way happens, in its order and at its time. Concurrent
   * calls run one after the other, so their times add up.
   *
   * @throws Error when something runs too long, such as a callback that does not answer
   */
  advance(milliseconds: number): Promise<void> {
    const advanced = this.#advancing.then(() => this.#advance(milliseconds))
    this.#advancing = advanced.catch(() => undefined)
    return advanced
  }

  async #advance(milliseconds: number): Promise<void> {
    await this.idle()
    const end = this.#time.now() + milliseconds
    for (let next = this.#time.next(); next !== undefined && next <= end; next = this.#time.next()) {
      this.#time.advanceTo(next)
      await this.idle()
    }
    this.#time.advanceTo(end)
    await this.idle()
  }

  /** The messages that wait in the queues. */
  listMessages(): PendingMessage[] {
    return this.#messages.list()
  }

  /** Puts messages into the queues that another service has listed. */
  restoreMessages(messages: readonly PendingMessage[]): void {
    this.#messages.restore(messages)
  }

  #answer(request: IncomingRequest): Promise<HttpResponseInit> {
    const invocation = this.#createInvocation('request')
    return answerUnknownPath({ request, invocation, getService: () => this.service })
  }

  /** Stops at once: nothing that is due later happens. What runs may still end. */
  stop(): void {
    this.#time.stop()
  }

  #scheduleSweep(schedule: ReturnType<typeof parseSchedule>): void {
    const next = findNextOccurrence(schedule, new Date(this.#time.now())).getTime()
    this.#time.at(next, () => {
      void this.#sweep()
      this.#scheduleSweep(schedule)
    })
  }

  #sweep(): Promise<void> {
    const run = () => sweep(this.service, (line) => this.#log('information', 'calls-sweep', line))
    return this.#activity
      .run('the sweep', run)
      .catch((error: unknown) => this.#log('error', 'calls-sweep', String(error)))
  }

  #process(queue: PendingMessage['queue'], message: unknown): Promise<void> {
    const process = registeredQueues().get(queue)
    if (!process) throw new Error(`expected a function of the queue ${queue}: run loadFunctions first`)
    const invocation = this.#createInvocation(queue)
    return this.#activity.run(queue, () =>
      process(() => this.service, message, invocation).catch((error: unknown) => {
        invocation.error(error)
        throw error
      }),
    )
  }

  #createInvocation(source: string): Invocation {
    const write =
      (level: LogLevel) =>
      (...texts: unknown[]) =>
        this.#log(level, source, texts.map(String).join(' '))
    return {
      invocationId: randomUUID(),
      traceContext: undefined,
      log: write('information'),
      warn: write('warning'),
      error: write('error'),
      debug: () => undefined,
    }
  }
}

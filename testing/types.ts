/// <reference lib="esnext.disposable" />

// The types of `ringback/testing`. This file has types only and imports nothing, so that it is published as it is.

/**
 * Starts a service in this process, with its state in memory.
 *
 * @throws ConfigError when a setting is not valid, and the error of `listen` when the port is in use
 */
export declare function startRingback(options?: RingbackOptions): Promise<Ringback>

/** A length of time, such as `250ms`, `15s`, `45m` or `2h`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h'}`

export interface RingbackOptions {
  /** Whether the service listens on a port of 127.0.0.1. Default: true. `fetch` works without. */
  readonly listen?: boolean
  /** The port; 0, the default, selects a free one. */
  readonly port?: number
  /**
   * Settings of the service by their names (docs/configuration.md). In a test, people do only what the test says:
   * SIMULATOR_DEFAULT is `wait` by default.
   */
  readonly settings?: Readonly<Record<string, string | number | boolean | undefined>>
}

/** A running service. Each has its own calls, people, bots and clock. */
export interface Ringback extends AsyncDisposable {
  /** The base URL, without a version: `http://127.0.0.1:41234`. */
  readonly url: string
  /** Sends a request to the service without a connection. A path is relative to `url`. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** An access token with all permissions, or with these roles only. */
  token(options?: TokenOptions): Promise<string>
  /** Registers a bot. */
  bot(options?: BotOptions): Promise<Bot>
  /** A simulated person. The same id is always the same person. */
  person(id: string): Person
  /** All calls, in the order in which they were created. */
  readonly calls: readonly Call[]
  /** All delivered notifications, in the order of their delivery. */
  readonly notifications: readonly Notification[]
  /** Waits for a notification that has been delivered, or will be. */
  waitFor(expected: ExpectedNotification, options?: WaitOptions): Promise<Notification>
  /** The current time of the service. */
  now(): Date
  /**
   * Advances the clock of the service. Everything that becomes due on the way happens in its order, through the code
   * that runs without the kit, too: timers of calls, retries, the sweep. Resolves when nothing is left to do until the
   * clock advances again.
   *
   * @throws Error when something runs for more than 3 s of real time, such as a callback that does not answer
   */
  advance(by: Duration): Promise<void>
  /** Removes all calls, bots, people and faults. The URL stays, and the clock shows the real time again. */
  reset(): Promise<void>
  /**
   * The state of the service, to return to, without the faults. It can be written as JSON; another kit can restore it
   * if the callbacks of its bots are URLs that still answer.
   */
  snapshot(): Promise<Snapshot>
  /** Returns to a state; what has happened since is forgotten. */
  restore(snapshot: Snapshot): Promise<void>
  /** Finishes what runs, within a second, and stops the service and its recorders. */
  stop(): Promise<void>
}

export interface TokenOptions {
  /** The application that the token is for; by default a new one. */
  readonly applicationId?: string
  readonly tenantId?: string
  /** The granted permissions, such as `Calls.Initiate.All`; by default all. */
  readonly roles?: readonly string[]
}

export interface BotOptions {
  /**
   * The URL of a running bot, or a function that answers its notifications. Without it, a recorder acknowledges each of
   * them with 202.
   */
  readonly callback?: string | ((request: Request) => Response | undefined | Promise<Response | undefined>)
  /** By default a new one. */
  readonly applicationId?: string
  /** By default a new one. */
  readonly tenantId?: string
  /** `communications`, the default, is the current API; `app` is the API of 2019. */
  readonly dialect?: 'communications' | 'app'
  readonly displayName?: string
}

/** A registered bot. */
export interface Bot {
  readonly applicationId: string
  readonly tenantId: string
  /** Where its notifications are sent. */
  readonly callbackUrl: string
  /** The notifications that it has acknowledged, in their order. */
  readonly notifications: readonly Notification[]
  waitFor(expected: ExpectedNotification, options?: WaitOptions): Promise<Notification>
  /** An access token of this bot. */
  token(roles?: readonly string[]): Promise<string>
  /** Sends a request with its token, and an object as JSON. A path is relative to `url`. */
  request(method: string, path: string, body?: unknown): Promise<Response>
  /** Replaces the faults of its callback and of the replies to its requests. An empty list removes them. */
  setFaults(faults: readonly Fault[], options?: { readonly seed?: number }): Promise<void>
  /** The faults that are set, with how often each has applied. */
  faults(): Promise<readonly FaultState[]>
}

interface FaultLimits {
  /** How many messages get the fault; 1 by default. */
  readonly times?: number | 'always'
  /** How many matching messages pass first; 0 by default. */
  readonly skip?: number
  /** How probable it is that a message gets the fault; 1 by default. The seed decides which ones do. */
  readonly probability?: number
}

/** A fault of the notifications. */
type CallbackFault = FaultLimits & {
  readonly on: 'callback'
  /** The number of the notification in its call; every one by default. */
  readonly sequence?: number
} & (
    | { readonly effect: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
    | { readonly effect: 'delay'; readonly delayMs: number }
    | {
        readonly effect:
          | 'timeout'
          | 'reset'
          | 'duplicate'
          | 'dropAcknowledgement'
          | 'reorder'
          | 'expiredToken'
          | 'wrongSignature'
      }
  )

/** A fault of the replies to requests. */
type ApiFault = FaultLimits & {
  readonly on: 'api'
  /** The operation, such as `answer` or `participants/invite`; every one by default. */
  readonly request?: string
} & (
    | {
        readonly effect: 'status'
        readonly status: 429 | 500 | 503 | 504
        readonly retryAfterSeconds?: number
        /** Whether the request is carried out first, and only its reply is lost. */
        readonly after?: boolean
      }
    | { readonly effect: 'delay'; readonly delayMs: number }
  )

export type Fault = CallbackFault | ApiFault

/** A fault with how often it has applied, and how often it still will. */
export type FaultState = Fault & { readonly fired: number; readonly remaining: number | 'always' }

/**
 * A simulated person. An action waits until it is possible: `answers` waits until the person rings. `calls` and `joins`
 * do not wait.
 */
export interface Person {
  readonly id: string
  /** Calls a bot. */
  calls(bot: Bot): Promise<Call>
  /** Waits until the person rings, and returns the call. */
  rings(options?: WaitOptions): Promise<Call>
  answers(options?: ActionOptions): Promise<Call>
  declines(options?: ActionOptions): Promise<Call>
  isBusy(options?: ActionOptions): Promise<Call>
  leaves(options?: ActionOptions): Promise<Call>
  mutes(options?: ActionOptions): Promise<Call>
  unmutes(options?: ActionOptions): Promise<Call>
  shares(options?: ActionOptions): Promise<Call>
  stopsSharing(options?: ActionOptions): Promise<Call>
  /** Is let into the meeting from its lobby. */
  isAdmitted(options?: ActionOptions): Promise<Call>
  /** Is removed from the lobby. */
  isRefused(options?: ActionOptions): Promise<Call>
  /** Waits until a bot listens, which has subscribed to tones or records, and presses keys: `1`, `42#`, `*`. */
  presses(keys: string, options?: ActionOptions): Promise<Call>
  /** Speaks a WAV file into a recording of the bot. */
  says(wav: Uint8Array, options?: ActionOptions): Promise<Call>
  /** Joins a meeting or a group call, or waits in its lobby. */
  joins(callId: string, options?: { readonly inLobby?: boolean }): Promise<Call>
}

export interface WaitOptions {
  /** How long to wait in real time; `4s` by default, which is less than the time that vitest gives a test. */
  readonly within?: Duration
}

export interface ActionOptions extends WaitOptions {
  /** The call; by default the newest one that allows the action. */
  readonly call?: Call
}

/** A call of a bot. After a restore it is the call with this id in the restored state. */
export interface Call {
  readonly id: string
  readonly applicationId: string
  /** Its delivered notifications, in their order. */
  readonly notifications: readonly Notification[]
  /** The state now, such as `established`. */
  state(): Promise<string>
  waitFor(expected: ExpectedNotification, options?: WaitOptions): Promise<Notification>
  /** The call as a sequence diagram in text, with each request, notification and attempt. */
  ladder(): Promise<string>
}

/** A notification that was acknowledged. */
export interface Notification {
  readonly callId: string
  readonly applicationId: string
  /** Its number in the call, from 1. */
  readonly sequence: number
  /** What it reports in a few words, such as `updated call established` or `updated participants 3`. */
  readonly summary: string
  /** How many times it was sent. */
  readonly attempts: number
  /** The body as the bot got it. */
  // biome-ignore lint/suspicious/noExplicitAny: a body has the shape of its dialect and resource
  readonly body: any
}

/**
 * The expected notification: its summary, some of its properties (nested ones too; a text may be a RegExp, or a matcher
 * such as `expect.stringContaining`), or a function that returns true for it.
 */
export type ExpectedNotification =
  | string
  | { readonly [property: string]: unknown }
  | ((notification: Notification) => boolean)

/** The state of a service. */
export interface Snapshot {
  readonly ringback: 'snapshot'
  readonly version: 1
  readonly state: unknown
}

// The faults that a developer injects into the messages between the service and one bot, and which of them applies to a
// message. What an effect does is in delivery/callbackFaults.ts and http/apiFaults.ts.

export const CALLBACK_EFFECTS = [
  'status',
  'timeout',
  'reset',
  'delay',
  'duplicate',
  'dropAcknowledgement',
  'reorder',
  'expiredToken',
  'wrongSignature',
] as const
export type CallbackEffect = (typeof CALLBACK_EFFECTS)[number]

export const API_EFFECTS = ['status', 'delay'] as const
type ApiEffect = (typeof API_EFFECTS)[number]

/** The statuses with which Graph refuses a request that the client may repeat. */
export const API_STATUSES = [429, 500, 503, 504] as const

/** When a fault applies, among the messages that it matches. */
export interface FaultLimits {
  /** How many messages get the fault. */
  readonly times: number | 'always'
  /** How many messages pass first. */
  readonly skip: number
  /** How probable it is that a message gets the fault: over 0 and at most 1. */
  readonly probability: number
}

/** A fault of the POSTs to a callback. */
export type CallbackFault = FaultLimits & {
  readonly on: 'callback'
  /** The number of the notification in its call; every notification without it. */
  readonly sequence?: number | undefined
} & (
    | { readonly effect: 'status'; readonly status: number; readonly retryAfterSeconds?: number | undefined }
    | { readonly effect: 'delay'; readonly delayMs: number }
    | { readonly effect: Exclude<CallbackEffect, 'status' | 'delay'> }
  )

/** A fault of the replies to the requests of a bot. */
export type ApiFault = FaultLimits & {
  readonly on: 'api'
  /** The name of an operation, such as `answer` or `participants/invite`; every operation without it. */
  readonly request?: string | undefined
} & (
    | {
        readonly effect: 'status'
        readonly status: (typeof API_STATUSES)[number]
        readonly retryAfterSeconds?: number | undefined
        /** True when the request is carried out first, and then its reply is lost. */
        readonly after: boolean
      }
    | { readonly effect: 'delay'; readonly delayMs: number }
  )

export type Fault = CallbackFault | ApiFault

/** The faults of an application, as they are set. */
export interface FaultPlan {
  readonly seed: number
  readonly faults: readonly Fault[]
}

/** A fault with how often it has applied, and how often it still will. */
export type FaultState = Fault & { readonly fired: number; readonly remaining: number | 'always' }

/** `GET /simulator/faults/{applicationId}`. There is no seed where there are no faults. */
export interface FaultList {
  readonly seed?: number
  readonly faults: readonly FaultState[]
}

/** What the log says of a message that got a fault. `replyLost` is a status after the request was carried out. */
export type FaultMark = CallbackEffect | ApiEffect | 'replyLost'

/** The effects that do not show in the result of a message, in words. */
const EFFECT_WORDS: Readonly<Partial<Record<FaultMark, string>>> = {
  delay: 'delayed',
  duplicate: 'sent twice',
  reorder: 'out of order',
  expiredToken: 'expired token',
  wrongSignature: 'wrong signature',
  replyLost: 'reply lost',
}

/** A fault in words, such as `fault` beside a status that it caused, or `fault: sent twice`. */
export function describeFault(mark: FaultMark): string {
  const words = EFFECT_WORDS[mark]
  return words === undefined ? 'fault' : `fault: ${words}`
}

/** How many applications have faults: those of the last test runs. The oldest are forgotten. */
const MAX_APPLICATIONS = 1_000

/**
 * The faults of all applications. They are in the memory of this process, and lost when it ends. Which fault applies to
 * a message is decided at once, without waiting for anything, so that the counts are exact.
 */
export class Faults {
  readonly #plans = new Map<string, RunningPlan>()

  /** Replaces all faults of an application. An empty list removes them. */
  set(applicationId: string, plan: FaultPlan): void {
    this.clear(applicationId)
    if (plan.faults.length === 0) return
    const [oldest] = this.#plans.keys()
    if (this.#plans.size >= MAX_APPLICATIONS && oldest !== undefined) this.#plans.delete(oldest)
    const faults = plan.faults.map((fault, index) => new RunningFault(fault, plan.seed + index))
    this.#plans.set(applicationId, { seed: plan.seed, faults })
  }

  clear(applicationId: string): void {
    this.#plans.delete(applicationId)
  }

  list(applicationId: string): FaultList {
    const plan = this.#plans.get(applicationId)
    return plan ? { seed: plan.seed, faults: plan.faults.map((fault) => fault.state) } : { faults: [] }
  }

  /** Returns the fault that a notification gets, which has then applied once more. */
  takeForCallback(applicationId: string, sequence: number): CallbackFault | undefined {
    const fault = this.#take(
      applicationId,
      (candidate) =>
        candidate.on === 'callback' && (candidate.sequence === undefined || candidate.sequence === sequence),
    )
    return fault?.on === 'callback' ? fault : undefined
  }

  /** Returns the fault that the request for an operation gets, which has then applied once more. */
  takeForApi(applicationId: string, operation: string): ApiFault | undefined {
    const fault = this.#take(
      applicationId,
      (candidate) => candidate.on === 'api' && (candidate.request === undefined || candidate.request === operation),
    )
    return fault?.on === 'api' ? fault : undefined
  }

  /** The first fault that matches and applies. The later ones do not count the message. */
  #take(applicationId: string, matches: (fault: Fault) => boolean): Fault | undefined {
    const faults = this.#plans.get(applicationId)?.faults
    return faults?.find((running) => matches(running.fault) && running.tryFire())?.fault
  }
}

interface RunningPlan {
  readonly seed: number
  readonly faults: readonly RunningFault[]
}

/** A fault with its counts, and with random numbers of its own: other faults of the plan do not change them. */
class RunningFault {
  readonly fault: Fault
  readonly #random: () => number
  #passed = 0
  #fired = 0

  constructor(fault: Fault, seed: number) {
    this.fault = fault
    this.#random = createRandom(seed)
  }

  get state(): FaultState {
    return { ...this.fault, fired: this.#fired, remaining: this.#remaining }
  }

  get #remaining(): number | 'always' {
    const { times } = this.fault
    return times === 'always' ? times : times - this.#fired
  }

  /** Whether the fault applies to a message that matches it. */
  tryFire(): boolean {
    if (this.#remaining === 0) return false
    const { skip, probability } = this.fault
    if (this.#passed < skip) {
      this.#passed += 1
      return false
    }
    if (this.#random() >= probability) return false
    this.#fired += 1
    return true
  }
}

/** The number of seeds from which the generator makes different numbers. */
export const SEEDS = 2 ** 32

/** @param random from 0 to 1 */
export const chooseSeed = (random: number): number => Math.floor(random * SEEDS)

/** Random numbers from 0 to 1 that a seed determines: the generator mulberry32 of Tommy Ettinger. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / SEEDS
  }
}

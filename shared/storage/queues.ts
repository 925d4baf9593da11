/** `notifications` wakes up the delivery of a call, `call-timers` a timer of a call. */
export const QUEUES = ['notifications', 'call-timers'] as const
export type QueueName = (typeof QUEUES)[number]
/** The Functions host moves a message here after its function has failed too often (host.json, maxDequeueCount). */
export type PoisonQueueName = `${QueueName}-poison`
export const poisonQueueOf = (queue: QueueName): PoisonQueueName => `${queue}-poison`

/** The trace that a message belongs to, when telemetry is on (W3C Trace Context). */
export interface Traced {
  readonly traceparent?: string | undefined
}

/** The wake-up after a retry delay carries the epoch of its lease, so that an outdated wake-up does nothing. */
export interface WakeUpMessage extends Traced {
  readonly callId: string
  readonly epoch?: number
}
/** The wake-up for one timer of a call. */
export interface TimerMessage extends Traced {
  readonly callId: string
  readonly timer: string
  /** True when the timer must not wait until it is due, because the other leg of the call has changed. */
  readonly isHint?: boolean
}

/** The longest delay of a wake-up: hidden messages slow a queue down, and the sweep finds what is due later. */
export const MAX_WAKE_UP_DELAY_MS = 60_000
/** How early a wake-up may arrive: Azure hides messages for whole seconds, and the consumer waits for the rest. */
export const MAX_WAKE_UP_EARLY_MS = 1_000

/** The message of each queue. */
export interface QueueMessages {
  readonly notifications: WakeUpMessage
  readonly 'call-timers': TimerMessage
}

/** Queue Storage as Ringback uses it: to send wake-ups. The tables hold the state, so a lost wake-up loses nothing. */
export interface Queues {
  /**
   * @param delayMs hides the message, rounded down to whole seconds as Azure counts them; the consumer waits for the
   * rest
   * @throws StorageUnavailable
   */
  send<Q extends QueueName>(queue: Q, message: QueueMessages[Q], delayMs: number): Promise<void>
}

/** `notifications` wakes the delivery of a call, `call-timers` a timer of a call. */
export const QUEUES = ['notifications', 'call-timers'] as const
export type QueueName = (typeof QUEUES)[number]
/** Where the Functions host puts a message whose function has failed too often (host.json, maxDequeueCount). */
export type PoisonQueueName = `${QueueName}-poison`
export const poisonQueueOf = (queue: QueueName): PoisonQueueName => `${queue}-poison`

/** What a message belongs to, where that is watched (W3C Trace Context). */
export interface Traced {
  readonly traceparent?: string | undefined
}

/** A wait that ends by `epoch` carries it, so that a hint that outlived its wait does nothing. */
export interface WakeMessage extends Traced {
  readonly callId: string
  readonly epoch?: number
}
export interface TimerMessage extends Traced {
  readonly callId: string
  readonly timer: string
}

/** No hint is hidden longer than this: what is further off, the sweep finds. A hidden message slows a queue down. */
export const MAX_HINT_DELAY_MS = 60_000
/** By how much a hint may come early: Azure hides messages for whole seconds, and the rest is left to its reader. */
export const MAX_HINT_EARLY_MS = 1_000

/** Queue Storage as Ringback uses it: to send hints. What is owed stands in the tables, so a lost hint loses nothing. */
export interface Queues {
  /**
   * @param delayMs hides the message, rounded down to whole seconds as Azure counts them; its reader waits for the rest
   * @throws StorageUnavailable
   */
  send(queue: 'notifications', message: WakeMessage, delayMs: number): Promise<void>
  send(queue: 'call-timers', message: TimerMessage, delayMs: number): Promise<void>
}

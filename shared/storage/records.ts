import type { Call, Operation } from '../calls/call.js'
import type { DialectName } from '../calls/resources.js'

// What the rows of the tables hold. Times are milliseconds since 1970.

/** The row `call`: the whole call, and what must change in the same transaction. */
export interface CallRecord {
  readonly call: Call
  /** The dialect of every message to the bot, for the life of the call. */
  readonly dialect: DialectName
  /** The sequence number of the last notification. */
  readonly sequence: number
  /**
   * True while a watchdog entry guarantees that the sweep inspects this call within WATCHDOG_DELAY_MS. Means nothing
   * once the call has ended.
   */
  readonly hasPendingWakeUp: boolean
  /** When the call ended: the retention period starts here. */
  readonly endedAt?: number
  /** The last requests that carried an idempotency key. */
  readonly requests?: readonly RequestReceipt[]
}

/** A row without a call, written by the sweep: a create that is still in flight conflicts with it and retries. */
export interface VoidRecord {
  readonly void: true
}

/**
 * The row `outbox:{sequence of its first notification}`: the notifications of a commit in order, or a part of them.
 * Written once, in the transaction that causes them, and never changed.
 */
export interface OutboxRecord {
  /** The commit that wrote it. */
  readonly commitId: string
  readonly notifications: readonly NotificationRecord[]
  /** The rows of `callIndex` that were written for the commit: they are deleted with the call. */
  readonly indexRows?: readonly IndexRow[]
}

/** The row `commit:{id}`: the receipt of a commit without notifications. */
export interface ReceiptRecord {
  /** As in OutboxRecord. */
  readonly indexRows?: readonly IndexRow[]
}

/** A notification as it will be sent. */
export interface NotificationRecord {
  readonly id: string
  readonly sequence: number
  readonly callbackUri: string
  readonly applicationId: string
  readonly tenantId: string
  /** The GUID of the call chain. */
  readonly scenarioId: string
  /** The callback may redirect the notification of an incoming call once, for region affinity. */
  readonly isRedirectable: boolean
  /** Whether it goes to the target of that redirect: later ones do until an answer or a rejection names a callback. */
  readonly usesRedirect: boolean
  readonly body: string
  readonly createdAt: number
  /** The trace of the request that caused it (W3C Trace Context). */
  readonly traceparent?: string | undefined
}

/** One POST of a notification and its outcome. */
export interface Attempt {
  /** The sequence number of the notification. */
  readonly sequence: number
  readonly at: number
  readonly durationMs: number
  readonly status?: number | undefined
  readonly error?: string | undefined
  readonly nextAttemptAt?: number | undefined
}

/** The row `delivery`: the progress of a call's notifications. Only the holder of the lease moves the cursor. */
export interface DeliveryRecord {
  /** The sequence number of the last notification that was acknowledged or skipped. */
  readonly cursor: number
  /** The outbox row of the notification after the cursor, unless that notification is the first of its row. */
  readonly outboxRow?: number | undefined
  /** The fencing epoch: it rises with every lease and every replay. */
  readonly epoch: number
  /** The holder of the lease. */
  readonly owner?: string
  readonly leaseUntil?: number
  /**
   * The notifications up to the cursor that were dead-lettered on their own, in order; `deadLetter:{sequence}` has the
   * reason of each.
   */
  readonly skipped?: readonly number[] | undefined
  /** When the last one was skipped. */
  readonly skippedAt?: number | undefined
  /** The notifications up to the cursor that are being replayed, in order; those after the cursor wait for them. */
  readonly replaying?: readonly number[] | undefined
  /** The number of the last attempt at the next notification that is known to have failed; 0 for none. */
  readonly failedAttempts: number
  readonly nextAttemptAt?: number
  /** Leases without an outcome so far, the current one included. Too many mean that the call crashes its host. */
  readonly unresolvedAttempts: number
  /** The target of the redirect of the incoming call's notification, once that target has acknowledged it. */
  readonly redirectedTo?: string | undefined
  /** The last attempts at the next notification, and at those before it in its outbox row. */
  readonly attempts?: readonly Attempt[]
  /** Set when the next notification and all that follow are dead-lettered. */
  readonly deadLettered?: DeadLetter
  /** When dead letters were last replayed: the age of a notification counts from here. */
  readonly replayedAt?: number | undefined
}

/** When and why a notification, or the rest of a call, was dead-lettered. */
export interface DeadLetter {
  readonly at: number
  readonly reason: string
}

/** The row `deadLetter:{sequence}`: a notification that was dead-lettered on its own, and its outbox row. */
export interface SkippedNotification extends DeadLetter {
  readonly outboxRow: number
}

/** What is stored for operators beside the delivery. */
export interface DeliveryHistory {
  /**
   * The row `attempts:{outbox row}`: the attempts at the notifications of an outbox row, once the delivery leaves it or
   * a replay starts.
   */
  readonly attempts?: { readonly outboxRow: number; readonly attempts: readonly Attempt[] } | undefined
  /** The row `deadLetter:{sequence}`, when a notification is dead-lettered on its own. */
  readonly skipped?: { readonly sequence: number; readonly deadLetter: SkippedNotification } | undefined
}

export const NEW_DELIVERY: DeliveryRecord = { cursor: 0, epoch: 0, failedAttempts: 0, unresolvedAttempts: 0 }

/** The idempotency key of a request. */
export interface ClientRequest {
  /** The endpoint and the header client-request-id. */
  readonly id: string
  /** Whether the client marks the request as a retry (the header Retry-Attempt). */
  readonly isRetry: boolean
}

/** The result of a request with an idempotency key, stored with its commit. */
export interface RequestReceipt {
  readonly request: ClientRequest
  readonly at: number
  readonly operationId?: string
  /** The id of another resource that the request created. */
  readonly createdId?: string
}

/** A request that creates a call. */
export interface RequestedCall {
  readonly callId: string
  readonly request: ClientRequest
  readonly at: number
}

/** The keys of a row of `callIndex`. */
export interface IndexRow {
  readonly partitionKey: string
  readonly rowKey: string
  /** Set for a row that may have been rewritten since: that of a request or of a meeting. */
  readonly etag?: string
}

/** Everything that one transaction writes for a call. */
export interface Commit {
  readonly id: string
  readonly record: CallRecord
  readonly operations: readonly Operation[]
  readonly notifications: readonly NotificationRecord[]
  /** The rows of `callIndex` that point to the call; they are removed with it. */
  readonly indexRows: readonly IndexRow[]
}

/** A call as it was read: `record` if there is a call, `etag` if there is a row. */
export interface ReadCall {
  readonly record?: CallRecord
  readonly etag?: string
}

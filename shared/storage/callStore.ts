import type { Call, Operation } from '../calls/call.js'
import type { IndexRow } from './callIndex.js'
import { type Row, type RowWrite, StorageConflict, StorageUnavailable, type Tables } from './tables.js'

/** The row `call`: the whole of a call, and what else must change together with it. */
export interface CallRecord {
  readonly call: Call
  /** The dialect that the bot is spoken to in, for the whole life of the call. */
  readonly dialect: 'app' | 'communications'
  /** The number of the last notification that is owed. */
  readonly sequence: number
  /** True when a row of `watch` makes somebody look at this call within seconds. */
  readonly near: boolean
  /** When the call ended: from there on it is kept for a while. */
  readonly endedAt?: number
  /** What the last requests have led to, so that one that comes again is known. */
  readonly requests?: readonly RequestReceipt[]
}

/** One notification that is owed to a callback. Written once, with the commit that causes it, and never again. */
export interface NotificationRecord {
  readonly id: string
  readonly sequence: number
  readonly callbackUri: string
  readonly applicationId: string
  readonly tenantId: string
  /** The call chain's GUID. */
  readonly scenarioId: string
  /** The announcement of an incoming call may be redirected once, for region affinity. */
  readonly redirectable: boolean
  readonly body: string
  readonly createdAt: number
  /** The commit that wrote it. */
  readonly commitId: string
  /** What has caused it, where that is watched (W3C Trace Context). */
  readonly traceparent?: string | undefined
}

/** One POST of a notification, and what came of it. */
export interface Attempt {
  readonly at: number
  readonly durationMs: number
  readonly status?: number | undefined
  readonly error?: string | undefined
  readonly nextAttemptAt?: number | undefined
}

/** The row `delivery`: how far the callback has got. Whoever holds the lease is the only one who may move the cursor. */
export interface DeliveryRecord {
  /** The number of the last notification that is done with. */
  readonly cursor: number
  /** Rises with every lease. */
  readonly epoch: number
  readonly owner?: string
  readonly leaseUntil?: number
  /** Attempts at the notification after the cursor whose outcome is known. */
  readonly attempt: number
  readonly nextAttemptAt?: number
  /** Attempts begun since, with the present one: more than a few, and the call crashes its host. */
  readonly starts: number
  /** The last attempts at the notification after the cursor. */
  readonly attempts?: readonly Attempt[]
  /** Given up on; the rest of the call is dead-lettered. */
  readonly parked?: { readonly at: number; readonly reason: string }
  /** When what was given up on began anew: ages count from there. */
  readonly replayedAt?: number
}

/** In place of a call that the sweep did not find: a create that is still on its way meets it and starts again. */
interface VoidRecord {
  readonly void: true
}

export const NEW_DELIVERY: DeliveryRecord = { cursor: 0, epoch: 0, attempt: 0, starts: 0 }

/** What was read of a call: the record if there is a call, the etag if there is a row. */
export interface ReadCall {
  readonly record?: CallRecord
  readonly etag?: string
}

/** A request as its client names it, so that one that comes again can be told from a new one. */
export interface ClientRequest {
  /** What it asks for, and its header client-request-id. */
  readonly id: string
  /** Whether the client says that it repeats itself (the header Retry-Attempt). */
  readonly isRepeat: boolean
}

/** What a request has led to: written together with it. */
export interface RequestReceipt {
  readonly request: ClientRequest
  readonly at: number
  readonly operationId?: string
}

export interface Commit {
  readonly id: string
  readonly record: CallRecord
  readonly operations: readonly Operation[]
  readonly notifications: readonly NotificationRecord[]
  /** The rows of `callIndex` that have been written for it. */
  readonly indexed: readonly IndexRow[]
}

/** How often a write of `delivery` is tried that has not happened. */
const MAX_DELIVERY_TRIES = 3

const CALL = 'call'
const DELIVERY = 'delivery'
const operationKey = (id: string) => `operation:${id}`
const notificationKey = (sequence: number) => `notification:${String(sequence).padStart(10, '0')}`
const attemptsKey = (sequence: number) => `attempts:${String(sequence).padStart(10, '0')}`
const indexedKey = ({ partitionKey }: IndexRow) => `indexed:${partitionKey}`
const receiptKey = (commitId: string) => `commit:${commitId}`

/** The partition of one call in the table `calls`: everything that must change together, under one ETag. */
export class CallStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async read(callId: string): Promise<ReadCall> {
    const row = await this.#tables.get<CallRecord | VoidRecord>('calls', callId, CALL)
    if (!row) return {}
    return 'void' in row.value ? { etag: row.etag } : { record: row.value, etag: row.etag }
  }

  /**
   * Commits a change under the etag that was read. `conflict`: somebody else was faster, nothing was written. `unknown`:
   * the storage did not say; `landed` does, after the next read.
   */
  async commit(read: ReadCall, commit: Commit): Promise<'committed' | 'conflict' | 'unknown'> {
    const writes: RowWrite[] = [
      read.etag === undefined
        ? insert(CALL, commit.record)
        : { type: 'replace', rowKey: CALL, value: commit.record, etag: read.etag },
      ...commit.operations.map((operation) => put(operationKey(operation.id), operation)),
      ...commit.notifications.map((one) => insert(notificationKey(one.sequence), one)),
      ...commit.indexed.map((row) => put(indexedKey(row), row)),
    ]
    if (!read.record) writes.push(insert(DELIVERY, NEW_DELIVERY))
    // A commit that announces nothing leaves a receipt instead, so that its outcome can always be found out.
    if (commit.notifications.length === 0) writes.push(insert(receiptKey(commit.id), {}))
    try {
      await this.#tables.write('calls', commit.record.call.id, writes)
      return 'committed'
    } catch (error) {
      if (error instanceof StorageConflict) return 'conflict'
      if (error instanceof StorageUnavailable) return 'unknown'
      throw error
    }
  }

  /**
   * Whether a commit of unknown outcome is there. Nobody rewrites a notification or a receipt, so the row says whose it
   * is. Asked after a read: if the commit lands later still, it takes the etag of that read, and the next one conflicts.
   */
  async landed({ id, record, notifications: [first] }: Commit): Promise<boolean> {
    const callId = record.call.id
    if (!first) return (await this.#tables.get('calls', callId, receiptKey(id))) !== undefined
    return (await this.readNotification(callId, first.sequence))?.commitId === id
  }

  /** Sets `near` and nothing else. Returns false when the call has changed since it was read. */
  async setNear(read: { record: CallRecord; etag: string }, near: boolean): Promise<boolean> {
    return this.#try(read.record.call.id, [
      { type: 'replace', rowKey: CALL, value: { ...read.record, near }, etag: read.etag },
    ])
  }

  /** Takes the place of a call that is not there, anew if it has done so before. False when there is a call after all. */
  async putVoid(callId: string, etag: string | undefined): Promise<boolean> {
    const value = { void: true } satisfies VoidRecord
    return this.#try(callId, [
      etag === undefined ? insert(CALL, value) : { type: 'replace', rowKey: CALL, value, etag },
    ])
  }

  async readNotification(callId: string, sequence: number): Promise<NotificationRecord | undefined> {
    return (await this.#tables.get<NotificationRecord>('calls', callId, notificationKey(sequence)))?.value
  }

  async readOperation(callId: string, operationId: string): Promise<Operation | undefined> {
    return (await this.#tables.get<Operation>('calls', callId, operationKey(operationId)))?.value
  }

  async readDelivery(callId: string): Promise<Row<DeliveryRecord> | undefined> {
    return this.#tables.get<DeliveryRecord>('calls', callId, DELIVERY)
  }

  /**
   * Writes the delivery under the etag that was read or last written.
   *
   * @param done the attempts at the notification that the cursor has just passed, which are kept for whoever asks
   * @returns the new etag, or undefined when somebody else has written it since
   * @throws StorageUnavailable when it could not be written
   */
  async writeDelivery(
    callId: string,
    delivery: DeliveryRecord,
    etag: string,
    done?: readonly Attempt[],
  ): Promise<string | undefined> {
    const writes: RowWrite[] = [{ type: 'replace', rowKey: DELIVERY, value: delivery, etag }]
    if (done) writes.push(put(attemptsKey(delivery.cursor), done))
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#tables.write('calls', callId, writes))[0]
      } catch (error) {
        if (!(error instanceof StorageConflict) && !(error instanceof StorageUnavailable)) throw error
        // Also after a conflict: it may be our own write, of which only the reply was lost.
        const now = await this.readDelivery(callId)
        if (now?.etag !== etag) {
          return now && JSON.stringify(now.value) === JSON.stringify(delivery) ? now.etag : undefined
        }
        if (tries === MAX_DELIVERY_TRIES) throw error
      }
    }
  }

  /** Everything there is to know of the notifications of a call, in their order. Reads the whole partition: for operators. */
  async readNotifications(callId: string): Promise<{
    notifications: readonly NotificationRecord[]
    attempts: ReadonlyMap<number, readonly Attempt[]>
  }> {
    const rows = await this.#tables.list('calls', { from: callId, to: callId, limit: Number.POSITIVE_INFINITY })
    const of = <T>(kind: string) => rows.filter(({ rowKey }) => rowKey.startsWith(kind)) as Row<T>[]
    const attempts = of<readonly Attempt[]>('attempts:').map(
      ({ rowKey, value }) => [Number(rowKey.split(':')[1]), value] as const,
    )
    return {
      notifications: of<NotificationRecord>('notification:').map(({ value }) => value),
      attempts: new Map(attempts),
    }
  }

  /** Writes a delivery that begins anew together with the call that it belongs to. False when either has changed. */
  async replay(
    read: { record: CallRecord; etag: string },
    { etag }: Row<DeliveryRecord>,
    delivery: DeliveryRecord,
  ): Promise<boolean> {
    return this.#try(read.record.call.id, [
      { type: 'replace', rowKey: CALL, value: { ...read.record, near: true }, etag: read.etag },
      { type: 'replace', rowKey: DELIVERY, value: delivery, etag },
    ])
  }

  /**
   * Removes everything of a call that has ended. The delivery goes first, under the etag that was read, so that nobody can
   * begin anew with what is going; the row `call` goes last, so that whoever dies on the way is followed by another.
   *
   * @param forget removes what leads to the call from `callIndex`
   * @returns false when the delivery has changed since
   */
  async purge(
    callId: string,
    delivery: Row<DeliveryRecord> | undefined,
    etag: string,
    forget: (row: IndexRow) => Promise<void>,
  ): Promise<boolean> {
    if (delivery && !(await this.#try(callId, [{ type: 'delete', rowKey: DELIVERY, etag: delivery.etag }])))
      return false
    const rows = await this.#tables.list('calls', { from: callId, to: callId, limit: Number.POSITIVE_INFINITY })
    for (const { rowKey, value } of rows) {
      if (rowKey === CALL || rowKey === DELIVERY) continue
      if (rowKey.startsWith('indexed:')) await forget(value as IndexRow)
      await this.#try(callId, [{ type: 'delete', rowKey }])
    }
    return this.#try(callId, [{ type: 'delete', rowKey: CALL, etag }])
  }

  async #try(callId: string, writes: RowWrite[]): Promise<boolean> {
    try {
      await this.#tables.write('calls', callId, writes)
      return true
    } catch (error) {
      if (error instanceof StorageConflict) return false
      throw error
    }
  }
}

const insert = (rowKey: string, value: unknown): RowWrite => ({ type: 'insert', rowKey, value })
const put = (rowKey: string, value: unknown): RowWrite => ({ type: 'put', rowKey, value })

import type { Timer } from '../../../shared/calls/call.js'
import type { CallRecord, DeliveryRecord, OutboxRecord } from '../../../shared/storage/records.js'
import type { RowWrite, TableName } from '../../../shared/storage/tables.js'
import type { Sabotage } from './simulation.js'

// Each sabotage removes one part of the protocol where the service meets its storage. If the simulation did not notice,
// its success would prove nothing about that part.

interface WriteRequest {
  readonly table: TableName
  readonly partition: string
  readonly writes: readonly RowWrite[]
}
type Write = (request: WriteRequest) => Promise<string[]>

/** @param sabotageWrite returns undefined for a request that it does not change */
const sabotageWrites =
  (sabotageWrite: (request: WriteRequest, write: Write) => Promise<string[]> | undefined): Sabotage =>
  (tables, onSabotage) => {
    const write: Write = ({ table, partition, writes }) => tables.write(table, partition, writes)
    return {
      get: (table, partition, row) => tables.get(table, partition, row),
      list: (table, range) => tables.list(table, range),
      write: (table, partition, writes) => {
        const request = { table, partition, writes }
        const sabotaged = sabotageWrite(request, write)
        if (!sabotaged) return write(request)
        onSabotage()
        return sabotaged
      },
    }
  }

const findCallWrite = ({ table, writes }: WriteRequest) =>
  table === 'calls' ? writes.find(({ rowKey }) => rowKey === 'call') : undefined
const isOutbox = ({ rowKey }: RowWrite) => rowKey.startsWith('outbox:')

/** A host that lost its lease fails to move the cursor because the row `delivery` has another ETag. */
const ignoreLostLease = sabotageWrites((request, write) => {
  const [delivery, ...others] = request.writes
  if (delivery?.rowKey !== 'delivery' || delivery.type !== 'replace') return undefined
  return write({ ...request, writes: [{ type: 'put', rowKey: 'delivery', value: delivery.value }, ...others] })
})

const skipWatchdogEntries = sabotageWrites(({ table, writes: [first] }) =>
  table === 'watchdog' && first?.type === 'put' ? Promise.resolve(['']) : undefined,
)

/** Only commits are sabotaged: the sweep still writes the next entry before it deletes the one that is due. */
const writeWatchdogEntriesLate: Sabotage = (tables, onSabotage) => {
  const postponed = new Map<string, WriteRequest>()
  const writePostponed = async (callId: string, write: Write) => {
    const entry = postponed.get(callId)
    postponed.delete(callId)
    if (entry) await write(entry)
  }
  const sabotage = sabotageWrites((request, write) => {
    const { table, partition, writes } = request
    const [first] = writes
    if (table === 'watchdog' && first?.type === 'put') {
      postponed.set(first.rowKey, request)
      return Promise.resolve([''])
    }
    const callId = table === 'watchdog' ? first?.rowKey : partition
    if (callId === undefined || !postponed.has(callId)) return undefined
    if (table === 'watchdog') return writePostponed(callId, write).then(() => write(request))
    if (!findCallWrite(request)) return undefined
    return write(request).then(async (etags) => {
      await writePostponed(partition, write)
      return etags
    })
  })
  return sabotage(tables, onSabotage)
}

/** Without the void row, a create in flight relies on an entry that the sweep has removed. */
const skipVoidRows = sabotageWrites((request) => {
  const call = findCallWrite(request)
  const isVoid = call && 'value' in call && (call.value as { void?: boolean }).void === true
  return isVoid ? Promise.resolve(['"void"']) : undefined
})

/** Without this write, a commit in flight relies on an entry that the sweep has removed. */
const skipClearedFlags = sabotageWrites((request) => {
  const call = findCallWrite(request)
  if (call?.type !== 'replace') return undefined
  const isCleared = (call.value as { hasPendingWakeUp?: boolean }).hasPendingWakeUp === false
  return isCleared ? Promise.resolve([call.etag]) : undefined
})

const keepIndexRows = sabotageWrites(({ table, writes: [first] }) =>
  table === 'callIndex' && first?.type === 'delete' ? Promise.resolve(['']) : undefined,
)

const splitCommits = sabotageWrites((request, write) => {
  const notifications = request.writes.filter(isOutbox)
  if (notifications.length === 0) return undefined
  const others = request.writes.filter((row) => !isOutbox(row))
  return write({ ...request, writes: others }).then(async (etags) => {
    await write({ ...request, writes: notifications })
    return etags
  })
})

const ignoreCallEtags = sabotageWrites((request, write) => {
  const call = findCallWrite(request)
  if (call?.type !== 'replace') return undefined
  const unconditional: RowWrite = { type: 'put', rowKey: call.rowKey, value: call.value }
  return write({ ...request, writes: request.writes.map((row) => (row === call ? unconditional : row)) })
})

/** The answer of a person is due when their ringing ends, so nothing says which of the two comes first. */
const answerAtTheEnd = sabotageWrites((request, write) => {
  const row = findCallWrite(request)
  const record = row && 'value' in row ? (row.value as Partial<CallRecord>) : undefined
  if (!row || !record?.call) return undefined
  const { timers } = record.call
  const endOf = ({ participantId, at }: Timer) =>
    timers.find(({ command }) => command.type === 'ringTimedOut' && command.participantId === participantId)?.at ?? at
  if (timers.every((timer) => endOf(timer) === timer.at)) return undefined
  const call = { ...record.call, timers: timers.map((timer) => ({ ...timer, at: endOf(timer) })) }
  const late = { ...row, value: { ...record, call } } as RowWrite
  return write({ ...request, writes: request.writes.map((other) => (other === row ? late : other)) })
})

/** A skipped notification that is not recorded is lost. */
const skipDeadLetters = sabotageWrites((request, write) => {
  const writes = request.writes.filter(({ rowKey }) => !rowKey.startsWith('deadLetter:'))
  return writes.length < request.writes.length ? write({ ...request, writes }) : undefined
})

/** Changes the row `delivery` in every write that contains it, unless `change` returns undefined. */
const sabotageDelivery = (change: (delivery: DeliveryRecord) => DeliveryRecord | undefined): Sabotage =>
  sabotageWrites((request, write) => {
    const row = request.writes.find(({ rowKey }) => rowKey === 'delivery')
    const changed = row && 'value' in row ? change(row.value as DeliveryRecord) : undefined
    if (!changed) return undefined
    const writes = request.writes.map((other) => (other === row ? { ...row, value: changed } : other))
    return write({ ...request, writes })
  })

/** The cursor passes a notification that is to be retried. */
const skipRetries = sabotageDelivery((delivery) => {
  if (delivery.nextAttemptAt === undefined || delivery.replaying) return undefined
  const { nextAttemptAt: _, ...passed } = delivery
  return { ...passed, cursor: delivery.cursor + 1, failedAttempts: 0 }
})

const forgetSkipped = sabotageDelivery(({ skipped, ...delivery }) => (skipped ? delivery : undefined))

/** A drain that stopped in the middle of an outbox row cannot find the rest of the row. */
const forgetOutboxRow = sabotageDelivery(({ outboxRow, ...delivery }) => (outboxRow ? delivery : undefined))

const forgetReplays = sabotageDelivery(({ replaying, ...delivery }) => (replaying ? delivery : undefined))

const skipFirstNotification: Sabotage = (tables, onSabotage) => ({
  list: (table, range) => tables.list(table, range),
  write: (table, partition, writes) => tables.write(table, partition, writes),
  get: async <T>(table: TableName, partition: string, row: string) => {
    const found = await tables.get<T>(table, partition, row)
    if (table !== 'calls' || !found || !row.startsWith('outbox:')) return found
    const { notifications, ...rest } = found.value as OutboxRecord
    if (notifications.length < 2) return found
    onSabotage()
    return { ...found, value: { ...rest, notifications: notifications.slice(1) } as T }
  },
})

/** Each of them must be noticed. The keys complete the sentence "the simulation notices when ...". */
export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'a host that lost its lease moves the cursor': ignoreLostLease,
  'a commit has no watchdog entry': skipWatchdogEntries,
  'a commit happens before its watchdog entry is written': writeWatchdogEntriesLate,
  'the sweep writes no void row for a call that does not exist': skipVoidRows,
  'the sweep deletes an entry and lets commits that rely on it succeed': skipClearedFlags,
  'the index rows of a removed call remain': keepIndexRows,
  'a change and its notifications are two transactions': splitCommits,
  'a commit does not rely on the ETag': ignoreCallEtags,
  'a person may answer when the ringing has ended': answerAtTheEnd,
  'a drain skips a notification': skipFirstNotification,
  'a notification that is to be retried is skipped': skipRetries,
  'a drain forgets in which outbox row it stopped': forgetOutboxRow,
  'a skipped notification is not recorded as dead-lettered': skipDeadLetters,
  'the skipped notifications of a call are forgotten': forgetSkipped,
  'a replay leaves out the skipped notifications': forgetReplays,
}

/**
 * A drain that releases its lease does not see the notifications of a commit whose wake-up found the lease taken. The
 * sweep delivers them later, so only the waits of a run without faults show it.
 */
export const skipLookAfterLease: Sabotage = (tables, onSabotage) => {
  const releasedCalls = new Set<string>()
  return {
    list: (table, range) => tables.list(table, range),
    write: async (table, partition, writes) => {
      const etags = await tables.write(table, partition, writes)
      const delivery = writes.find(({ rowKey }) => rowKey === 'delivery')
      const value = delivery && 'value' in delivery ? (delivery.value as DeliveryRecord) : undefined
      if (value?.cursor && !value.owner) releasedCalls.add(partition)
      return etags
    },
    get: async (table, partition, row) => {
      const isSkipped = table === 'calls' && row.startsWith('outbox:') && releasedCalls.delete(partition)
      if (!isSkipped) return tables.get(table, partition, row)
      onSabotage()
      return undefined
    },
  }
}

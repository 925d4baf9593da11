import { type Caller, isForTenant } from '../auth/accessTokens.js'
import { type Attendance, readAttendance } from '../graph/attendance.js'
import type { EndedCall } from '../graph/callRecords.js'
import type { TimeRange } from '../graph/timeFilter.js'
import type { CallIndex } from '../storage/callIndex.js'
import type { CallStore } from '../storage/callStore.js'
import type { IndexRow } from '../storage/records.js'

/** The default page of Graph (List callRecords). */
const CALLS_PER_PAGE = 60
/** By how much a call may be created after its row of the index: its host may have been slow. */
const MAX_INDEX_LEAD_MS = 120_000
/** After all rows of a partition. */
const LAST_ROW = '~'

export interface CallRecordDependencies {
  readonly calls: CallStore
  readonly callIndex: CallIndex
}

/** Reads a call that has ended, in a tenant of the caller; undefined for every other id. */
async function readEndedCall({ calls }: CallRecordDependencies, caller: Caller, id: string) {
  const { record } = await calls.read(id)
  if (record?.endedAt === undefined || !isForTenant(caller, record.call.tenantId)) return undefined
  return { call: record.call, endedAt: record.endedAt } satisfies EndedCall
}

/**
 * Reads what the record of a call is made of. Reads the whole partition of the call.
 *
 * @returns undefined unless the call has ended and is of a tenant of the caller
 */
export async function readCallRecord(
  deps: CallRecordDependencies,
  caller: Caller,
  id: string,
): Promise<{ ended: EndedCall; attendance: readonly Attendance[] } | undefined> {
  const ended = await readEndedCall(deps, caller, id)
  if (!ended) return undefined
  const { notifications } = await deps.calls.readNotifications(id)
  return { ended, attendance: readAttendance(ended.call, ended.endedAt, notifications) }
}

/**
 * Lists a page of the calls that have ended and were created in a time, newest first for each application. A page may
 * have none although there is a next one, because it has those of one tenant only.
 */
export async function listEndedCalls(
  deps: CallRecordDependencies,
  caller: Caller,
  { from, to }: TimeRange,
  after: IndexRow | undefined,
): Promise<{ ended: EndedCall[]; next: IndexRow | undefined }> {
  const rows = await deps.callIndex.list(undefined, after, CALLS_PER_PAGE)
  const isTooOld = ({ createdAt }: { createdAt: number }) => createdAt < from - MAX_INDEX_LEAD_MS
  const candidates = rows.filter((row) => !isTooOld(row) && row.createdAt < to)
  const read = await Promise.all(candidates.map(({ callId }) => readEndedCall(deps, caller, callId)))
  const ended = read
    .filter((one) => one !== undefined)
    .filter(({ call }) => call.createdAt >= from && call.createdAt < to)
  const last = rows.at(-1)
  if (!last || rows.length < CALLS_PER_PAGE) return { ended, next: undefined }
  // The rows of an application are sorted, newest first: the rest of them is as old.
  return { ended, next: { partitionKey: last.partitionKey, rowKey: isTooOld(last) ? LAST_ROW : last.rowKey } }
}

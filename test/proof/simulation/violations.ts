import type { Call, EndReason, Operation } from '../../../shared/calls/call.js'
import { endReasonResults } from '../../../shared/calls/endReasons.js'
import type { CallRecord, DeliveryRecord } from '../../../shared/storage/records.js'
import type { Row } from '../../../shared/storage/tables.js'
import type { Arrival, DeadLetter, Simulation } from './simulation.js'

// Checks the guarantees of docs/delivery.md from outside: what the clients were told, what the callbacks received, and
// what the storage holds in the end.

const EVERYTHING = { to: '~', limit: Number.POSITIVE_INFINITY }

/** A row of `callIndex`: that of a meeting holds several calls. */
type IndexValue = { readonly callId: string } | { readonly calls: readonly { readonly callId: string }[] }
/** How late a timer may be, because hosts die and clocks differ. */
const MAX_TIMER_DELAY_MS = 60_000
/** Why a call ends when no one has answered. */
const UNANSWERED: readonly (EndReason | undefined)[] = ['unanswered', 'noneJoined']

/** What the clients sent and what they were told. */
export interface ClientLog {
  /** The calls whose creation was answered. */
  readonly created: string[]
  /** The calls whose hang-up was answered. */
  readonly hungUp: string[]
  /** For each call, how many requests may have started an operation, answered or not. */
  readonly operationRequests: Map<string, number>
  readonly invitations: { readonly callId: string; readonly operationId: string }[]
  /** How many calls were requested, answered or not. */
  createRequests: number
  commands: number
}

export const newClientLog = (): ClientLog => ({
  created: [],
  hungUp: [],
  operationRequests: new Map(),
  invitations: [],
  createRequests: 0,
  commands: 0,
})

/** The table `calls`, and the calls in it. */
interface StoredCalls {
  readonly rows: readonly Row[]
  readonly records: readonly CallRecord[]
  readonly calls: ReadonlyMap<string, Call>
}

/** Returns what the calls of a run that has settled violate, each for itself, a line each. */
export async function findViolationsOfEachCall(simulation: Simulation): Promise<string[]> {
  const stored = await readStoredCalls(simulation)
  return stored.records.flatMap((record) => findCallViolations(simulation, stored, record))
}

/** Returns the violated guarantees of a run that has settled, a line each. */
export async function findViolations(simulation: Simulation, clients: ClientLog): Promise<string[]> {
  const stored = await readStoredCalls(simulation)
  const watchdogEntries = await simulation.tables.list('watchdog', EVERYTHING)
  return [
    ...stored.records.flatMap((record) => findCallViolations(simulation, stored, record)),
    ...findCreateViolations(stored, clients),
    ...findOperationViolations(stored, clients),
    ...findPeopleInSeveralCalls([...stored.calls.values()]),
    ...findWatchdogViolations(watchdogEntries.length, stored, clients),
  ]
}

/**
 * Checks that each person who rang was connected, in a run in which all people answer long before the ringing ends.
 * However late the timers fire, the answer comes before the end of the ringing.
 */
export async function findUnanswered(simulation: Simulation): Promise<string[]> {
  const { rows, calls } = await readStoredCalls(simulation)
  const { subcode: unanswered } = endReasonResults.unanswered
  const isUnanswered = ({ rowKey, value }: Row) =>
    rowKey.startsWith('operation:') && (value as Partial<Operation>).resultInfo?.subcode === unanswered
  return [
    ...[...calls.values()].filter(({ endReason }) => UNANSWERED.includes(endReason)).map(({ id }) => id),
    ...rows.filter(isUnanswered).map(({ partitionKey, rowKey }) => `${partitionKey}, ${rowKey}`),
  ].map((subject) => `${subject}: rang until the end, although the person answers earlier`)
}

export async function readStoredCalls({ tables }: Simulation): Promise<StoredCalls> {
  const rows = await tables.list<CallRecord>('calls', EVERYTHING)
  const records = rows.filter(({ rowKey, value }) => rowKey === 'call' && 'call' in value).map(({ value }) => value)
  return { rows, records, calls: new Map(records.map(({ call }) => [call.id, call])) }
}

function findCallViolations(
  { arrivals, deadLetters, time }: Simulation,
  { rows }: StoredCalls,
  record: CallRecord,
): string[] {
  const { id, callChainId } = record.call
  const row = rows.find(({ partitionKey, rowKey }) => partitionKey === id && rowKey === 'delivery')
  return [
    ...findOrderViolations(selectCall(callChainId, arrivals, deadLetters), record.sequence),
    ...findPendingWork(record, row?.value as DeliveryRecord | undefined, time.now),
  ].map((line) => `${id}: ${line}`)
}

/** What the callback of one call received, and what the storage recorded as dead-lettered. */
interface CallHistory {
  readonly arrivals: readonly Arrival[]
  readonly deadLetters: readonly DeadLetter[]
}

function selectCall(chain: string, arrivals: readonly Arrival[], deadLetters: readonly DeadLetter[]): CallHistory {
  const isOfCall = ({ callId }: { readonly callId: string }) => callId === chain
  return { arrivals: arrivals.filter(isOfCall), deadLetters: deadLetters.filter(isOfCall) }
}

/**
 * Checks that every notification was acknowledged, that it first arrived in order and after the previous one was
 * acknowledged or dead-lettered on its own, and that its content was the same each time.
 *
 * @param isLost whether a notification need not have been acknowledged
 */
function findOrderViolations(
  history: CallHistory,
  lastSequence: number,
  isLost: (sequence: number) => boolean = () => false,
): string[] {
  const { arrivals } = history
  const violations = findDeadLetterViolations(history)
  const firstArrivals = new Map<number, Arrival>()
  for (const arrival of arrivals) {
    const first = firstArrivals.get(arrival.sequence)
    if (!first) {
      firstArrivals.set(arrival.sequence, arrival)
      violations.push(...findFirstArrivalViolations(arrival, firstArrivals.size, history))
    } else if (first.id !== arrival.id || first.body !== arrival.body) {
      violations.push(`#${arrival.sequence} arrived with different contents`)
    }
  }
  const acknowledged = new Set(arrivals.filter(isAcknowledged).map(({ sequence }) => sequence))
  for (let sequence = 1; sequence <= lastSequence; sequence++) {
    if (acknowledged.has(sequence) || isLost(sequence)) continue
    violations.push(`#${sequence} of ${lastSequence} was never acknowledged`)
  }
  if (firstArrivals.size > lastSequence) {
    violations.push(`${firstArrivals.size} notifications arrived, but ${lastSequence} were committed`)
  }
  return violations
}

const isAcknowledged = ({ acknowledgedAt }: Arrival) => acknowledgedAt !== undefined

function findFirstArrivalViolations(
  { sequence, startedAt }: Arrival,
  expectedSequence: number,
  { arrivals, deadLetters }: CallHistory,
): string[] {
  const violations: string[] = []
  if (sequence !== expectedSequence) violations.push(`#${sequence} arrived first when #${expectedSequence} was due`)
  const isAfterPrevious = arrivals.some(
    (other) =>
      other.sequence === sequence - 1 && other.acknowledgedAt !== undefined && other.acknowledgedAt <= startedAt,
  )
  const isAfterDeadLetter = deadLetters.some(
    (other) => other.sequence === sequence - 1 && other.recordedAt <= startedAt,
  )
  if (sequence > 1 && !isAfterPrevious && !isAfterDeadLetter) {
    violations.push(`#${sequence} arrived before #${sequence - 1} was acknowledged or dead-lettered`)
  }
  return violations
}

/** Checks that every dead-lettered notification was sent at least once. */
function findDeadLetterViolations({ arrivals, deadLetters }: CallHistory): string[] {
  return deadLetters
    .filter(
      ({ sequence, recordedAt }) =>
        !arrivals.some((arrival) => arrival.sequence === sequence && arrival.startedAt < recordedAt),
    )
    .map(({ sequence }) => `#${sequence} was dead-lettered but had never been sent`)
}

/** Checks that no notification is pending, no timer is overdue and no state is temporary. */
function findPendingWork({ call, sequence }: CallRecord, delivery: DeliveryRecord | undefined, now: number): string[] {
  const violations: string[] = []
  if (delivery?.deadLettered) violations.push(`is dead-lettered: ${delivery.deadLettered.reason}`)
  else if (delivery?.cursor !== sequence) violations.push(`the cursor is at #${delivery?.cursor} of ${sequence}`)
  if (delivery?.skipped) violations.push(`#${delivery.skipped.join(', #')} are still dead-lettered`)
  if (delivery?.replaying) violations.push(`#${delivery.replaying.join(', #')} are still being replayed`)
  for (const { id, at } of call.timers) if (at < now - MAX_TIMER_DELAY_MS) violations.push(`the timer ${id} is overdue`)
  if (call.ringing.length > 0) violations.push('a participant still rings')
  const { state } = call
  if (['redirecting', 'transferring'].includes(state)) violations.push(`is still ${state}`)
  return violations
}

function findCreateViolations({ calls }: StoredCalls, { created, hungUp, createRequests }: ClientLog): string[] {
  const missing = created.filter((id) => !calls.has(id)).map((id) => `${id}: was created but does not exist`)
  const alive = hungUp
    .filter((id) => calls.get(id)?.state !== 'terminated')
    .map((id) => `${id}: was hung up but is ${calls.get(id)?.state}`)
  const extra = calls.size > createRequests ? [`${createRequests} requests created ${calls.size} calls`] : []
  return [...missing, ...extra, ...alive]
}

function findOperationViolations({ rows }: StoredCalls, { operationRequests, invitations }: ClientLog): string[] {
  const violations: string[] = []
  for (const [id, requests] of operationRequests) {
    const operations = rows.filter(({ partitionKey, rowKey }) => partitionKey === id && rowKey.startsWith('operation:'))
    if (operations.length > requests) {
      violations.push(`${id}: ${requests} requests started ${operations.length} operations`)
    }
  }
  for (const { callId, operationId } of invitations) {
    const row = rows.find(
      ({ partitionKey, rowKey }) => partitionKey === callId && rowKey === `operation:${operationId}`,
    )
    const status = (row?.value as { status?: string } | undefined)?.status
    if (status === undefined || status === 'running') {
      violations.push(`${callId}: invitation ${operationId} is ${status}`)
    }
  }
  return violations
}

function findPeopleInSeveralCalls(calls: readonly Call[]): string[] {
  const callsOfPeople = new Map<string, string[]>()
  for (const { id, state, participants, myParticipantId } of calls) {
    if (state !== 'established' && state !== 'transferring') continue
    for (const { id: participantId, info } of participants) {
      if (participantId === myParticipantId) continue
      callsOfPeople.set(info.identity.id, [...(callsOfPeople.get(info.identity.id) ?? []), id])
    }
  }
  return [...callsOfPeople].flatMap(([person, ids]) => (ids.length > 1 ? [`${person} is in ${ids.join(' and ')}`] : []))
}

/** Each keep-alive may leave one entry, for the timeout that it has postponed. */
function findWatchdogViolations(entries: number, { calls }: StoredCalls, { commands }: ClientLog): string[] {
  return entries > calls.size + commands ? [`${entries} watchdog entries exist for ${calls.size} calls`] : []
}

/**
 * Checks that in the end every call is removed, and that none was removed before its bot had all notifications.
 *
 * @param lastReplayAt when dead letters were last replayed; those recorded later were not
 */
export async function findRemains(
  { tables, arrivals, deadLetters, messages }: Simulation,
  { created }: ClientLog,
  lastReplayAt: number,
): Promise<string[]> {
  const violations: string[] = []
  for (const { partitionKey, rowKey, value } of await tables.list<object>('calls', EVERYTHING)) {
    if (!('void' in value)) violations.push(`${partitionKey}: the row ${rowKey} remains`)
  }
  if (messages > 0) violations.push(`${messages} messages remain in the queues`)
  for (const { rowKey } of await tables.list('watchdog', EVERYTHING)) {
    violations.push(`${rowKey}: a watchdog entry remains`)
  }
  for (const { partitionKey, value } of await tables.list<IndexValue>('callIndex', EVERYTHING)) {
    // A command that conflicts may leave a row of a person who is not in the call.
    if (partitionKey.startsWith('person:')) continue
    const callIds = 'calls' in value ? value.calls.map(({ callId }) => callId) : [value.callId]
    for (const callId of callIds.filter((id) => created.includes(id))) {
      violations.push(`${callId}: the index row ${partitionKey} remains`)
    }
  }
  for (const chain of new Set(arrivals.map(({ callId }) => callId))) {
    const history = selectCall(chain, arrivals, deadLetters)
    violations.push(...findRemovalViolations(history, lastReplayAt).map((line) => `chain ${chain}: ${line}`))
  }
  return violations
}

function findRemovalViolations(history: CallHistory, lastReplayAt: number): string[] {
  const last = history.arrivals.reduce((latest, arrival) => (arrival.sequence > latest.sequence ? arrival : latest))
  const isLost = (sequence: number) =>
    history.deadLetters.some((other) => other.sequence === sequence && other.recordedAt > lastReplayAt)
  const violations = findOrderViolations(history, last.sequence, isLost)
  if (!last.body.includes('"deleted"')) {
    violations.push(`was removed before the notification after #${last.sequence} arrived`)
  }
  return violations
}

/** The longest time that a notification waited, from its commit or the acknowledgement of the previous one. */
export function findLongestWait({ arrivals }: Simulation): number {
  const firstArrivals = new Map(
    arrivals.toReversed().map((arrival) => [`${arrival.callId} ${arrival.sequence}`, arrival]),
  )
  const waits = [...firstArrivals.values()].map(({ callId, sequence, createdAt, startedAt }) => {
    const acknowledgements = arrivals
      .filter((other) => other.callId === callId && other.sequence === sequence - 1)
      .map(({ acknowledgedAt = Number.POSITIVE_INFINITY }) => acknowledgedAt)
    const acknowledged = Math.min(...acknowledgements)
    return startedAt - Math.max(createdAt, Number.isFinite(acknowledged) ? acknowledged : 0)
  })
  return Math.max(...waits)
}

import type { Call } from '../calls/call.js'
import { callNotFound } from '../calls/errors.js'
import { toAttemptEvent } from '../delivery/attemptEvent.js'
import { listDeliveries } from '../delivery/deliveries.js'
import type { ListedEntry } from '../inspection/entries.js'
import { redactText } from '../inspection/redact.js'
import type { CallView } from '../inspection/views.js'
import { type SummaryDependencies, summarizeCall } from './callSummaries.js'

/**
 * Reads all that is known of a call: its state and its attempts from the storage, the rest from the event log.
 *
 * @throws CallError 404 when there is no such call
 */
export async function readCallView(deps: SummaryDependencies, callId: string): Promise<CallView> {
  const { record } = await deps.calls.read(callId)
  if (!record) throw callNotFound()
  const { call } = record
  const [delivery, bot, entries] = await Promise.all([
    deps.calls.readDelivery(callId),
    deps.bots.read(call.applicationId),
    readEntries(deps, call),
  ])
  const { nextAttemptAt, deadLettered } = delivery?.value ?? {}
  return {
    ...summarizeCall(record, delivery?.value, bot?.displayName),
    callbackUri: redactText(call.callbackUri),
    isBotMuted: call.participants.some(({ id, isMuted }) => id === call.myParticipantId && isMuted),
    operations: call.operations.map(({ id, type, createdAt }) => ({ id, type, createdAt })),
    timers: call.timers
      .map(({ at, command }) => ({ at, command: command.type }))
      .toSorted((one, other) => one.at - other.at),
    ...(nextAttemptAt !== undefined && { nextAttemptAt }),
    ...(deadLettered && { deadLettered: deadLettered.reason }),
    related: listRelated(call, entries),
    entries,
  }
}

/** The entries of the log, behind those that are only stored: of a time before this process was started. */
async function readEntries(deps: SummaryDependencies, { id: callId, createdAt }: Call): Promise<ListedEntry[]> {
  const logged = deps.eventLog?.listOfCall(callId) ?? []
  if (deps.eventLog?.isCompleteSince(createdAt)) return logged
  const stored = await readStoredEntries(deps, callId)
  const known = new Set(logged.map(keyOf))
  return [...stored.filter((entry) => !known.has(keyOf(entry))), ...logged]
}

const keyOf = (entry: ListedEntry): string =>
  'sequence' in entry ? `${entry.type} ${entry.sequence} ${entry.type === 'attempt' ? entry.at : ''}` : entry.type

/** The attempts and dead letters of a call as entries without a number. */
async function readStoredEntries(deps: SummaryDependencies, callId: string): Promise<ListedEntry[]> {
  const { deliveries } = await listDeliveries(deps, { callId }, undefined)
  return deliveries.flatMap(({ notification, state, reason, attempts }): ListedEntry[] => {
    const { sequence, applicationId, callbackUri, createdAt } = notification
    const subject = { number: 0, callId, applicationId }
    const tried = attempts.map((attempt): ListedEntry => {
      return { ...toAttemptEvent(notification, attempt, callbackUri), ...subject, at: attempt.at }
    })
    if (state !== 'deadLettered') return tried
    const at = attempts.at(-1)?.at ?? createdAt
    return [...tried, { ...subject, type: 'deadLetter', at, sequence, reason: reason ?? 'unknown' }]
  })
}

function listRelated({ id, ringing, timers }: Call, entries: readonly ListedEntry[]): string[] {
  const replaced = ringing.flatMap(({ replaces }) => replaces?.callId ?? [])
  const replacing = timers.flatMap(({ command }) => ('newCallId' in command ? command.newCallId : []))
  const logged = entries.flatMap((entry) => (entry.type === 'commit' ? (entry.relatedCallId ?? []) : []))
  return [...new Set([...replaced, ...replacing, ...logged])].filter((callId) => callId !== id)
}

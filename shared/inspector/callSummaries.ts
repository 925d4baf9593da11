import type { Call } from '../calls/call.js'
import type { ParticipantInfo } from '../calls/resources.js'
import { otherParticipants } from '../calls/roster.js'
import { isSameIdentity } from '../calls/updates.js'
import type { CallPage, CallSummary, NotificationCounts, PersonOfCall } from '../inspection/views.js'
import type { CallStore } from '../storage/callStore.js'
import type { CallRecord, DeliveryRecord } from '../storage/records.js'
import { listNewestCalls, type NewestCallsDependencies } from './newestCalls.js'

export interface SummaryDependencies extends NewestCallsDependencies {
  readonly calls: CallStore
}

/** Lists a page of calls, the newest first. `before` is the `next` of the previous page. */
export async function listCallSummaries(
  deps: SummaryDependencies,
  before: string | undefined,
  limit: number,
): Promise<CallPage> {
  const { callIds, ...page } = await listNewestCalls(deps, before, limit)
  return { calls: await readCallSummaries(deps, callIds), ...page }
}

/** Reads the summaries of calls. A call that does not exist is left out. */
export async function readCallSummaries(deps: SummaryDependencies, callIds: readonly string[]): Promise<CallSummary[]> {
  const summaries = await Promise.all(callIds.map((callId) => readCallSummary(deps, callId)))
  return summaries.filter((summary) => summary !== undefined)
}

async function readCallSummary(deps: SummaryDependencies, callId: string): Promise<CallSummary | undefined> {
  const [{ record }, delivery] = await Promise.all([deps.calls.read(callId), deps.calls.readDelivery(callId)])
  if (!record) return undefined
  const bot = await deps.bots.read(record.call.applicationId)
  return summarizeCall(record, delivery?.value, bot?.displayName)
}

export function summarizeCall(
  { call, dialect, sequence, endedAt }: CallRecord,
  delivery: DeliveryRecord | undefined,
  botName: string | undefined,
): CallSummary {
  const { id, applicationId, direction, state, isGroup, createdAt, endReason } = call
  return {
    ...{ id, applicationId, dialect, direction, state, isGroup, createdAt },
    ...(botName !== undefined && { botName }),
    ...(endedAt !== undefined && { endedAt }),
    ...(endReason && { endReason }),
    people: listPeople(call),
    notifications: countNotifications(delivery, sequence),
  }
}

function countNotifications(delivery: DeliveryRecord | undefined, total: number): NotificationCounts {
  if (!delivery) return { total, pending: total, deadLettered: 0 }
  const { cursor, replaying = [], skipped = [], deadLettered } = delivery
  const left = total - cursor + replaying.length
  return {
    total,
    pending: deadLettered ? 0 : left,
    deadLettered: skipped.length + (deadLettered ? left : 0),
  }
}

/**
 * The people in the call and those who ring. Before the call is answered its caller, and after its end those between
 * whom it began.
 */
export function listPeople(call: Call): PersonOfCall[] {
  if (call.state === 'terminated') {
    const people = [call.source, ...call.targets].filter(({ identity }) => !identity.kind.startsWith('application'))
    return people.map((info) => absentPerson(info, 'left', ''))
  }
  const present = otherParticipants(call).map((participant): PersonOfCall => {
    const { id, info, isMuted, isInLobby, isSharing = false, mediaStreams } = participant
    return {
      identity: info.identity,
      participantId: id,
      state: isInLobby ? 'inLobby' : 'inCall',
      ...{ isMuted, isSharing },
      isOnHold: call.heldParticipantId === id,
      modalities: mediaStreams.map(({ mediaType }) => mediaType),
    }
  })
  const ringing = call.ringing.map(({ participantId, info }) => absentPerson(info, 'ringing', participantId))
  const isCalling =
    call.state === 'incoming' && !present.some(({ identity }) => isSameIdentity(identity, call.source.identity))
  return [...(isCalling ? [absentPerson(call.source, 'calling', '')] : []), ...present, ...ringing]
}

const absentPerson = (
  { identity }: ParticipantInfo,
  state: 'calling' | 'ringing' | 'left',
  participantId: string,
): PersonOfCall => {
  return { identity, participantId, state, isMuted: false, isSharing: false, isOnHold: false, modalities: [] }
}

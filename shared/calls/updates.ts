import type { Call, CallEvent, Decision, EndReason, RingingParticipant, RuleContext, Timer } from './call.js'
import type { LegCallIds } from './commands.js'
import { endReasonResults } from './endReasons.js'
import { findHeir, offerLegs } from './legs/links.js'
import { finishOperation, operationEndedEvents } from './operation.js'
import type { AudioRoutingGroup, Identity, Modality, Participant, ParticipantInfo } from './resources.js'

/** Returns the call with `patch` applied and its version increased by one. */
export function updateCall(call: Call, patch: Partial<Call> = {}): Call {
  return { ...call, ...patch, version: call.version + 1 }
}

/** A decision without operations and events. */
export const silentDecision = (call: Call): Decision => ({ call, operations: [], events: [] })

/** Compares two ids: upper and lower case make no difference. */
export const isSameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Compares two identities. An identity is a kind and an id: a user and an application may have the same GUID. */
export const isSameIdentity = (a: Identity, b: Identity): boolean => a.kind === b.kind && isSameId(a.id, b.id)

interface NewParticipant {
  readonly id: string
  readonly info: ParticipantInfo
  readonly hasMedia: boolean
  readonly isInLobby?: boolean
  readonly legCallId?: string | undefined
}

/** Adds a participant at the end of the roster. With media, they have one audio stream. */
export function addParticipant(
  call: Call,
  { id, info, hasMedia, isInLobby = false, legCallId }: NewParticipant,
  { addDirectoryDetails }: Pick<RuleContext, 'addDirectoryDetails'>,
): Call {
  const sourceId = hasMedia ? call.lastSourceId + 1 : call.lastSourceId
  const stream = {
    mediaType: 'audio',
    label: 'main-audio',
    sourceId: String(sourceId),
    direction: 'sendReceive',
    serverMuted: false,
  } as const
  const participant: Participant = {
    id,
    info: addDirectoryDetails(info),
    isMuted: false,
    isInLobby,
    mediaStreams: hasMedia ? [stream] : [],
    ...(legCallId !== undefined && { legCallId }),
    version: 1,
  }
  return { ...call, participants: [...call.participants, participant], lastSourceId: sourceId }
}

/** Changes a roster entry, and increases its version. */
export function changeParticipant(call: Call, participant: Participant, patch: Partial<Participant>): Call {
  const changed = { ...participant, ...patch, version: participant.version + 1 }
  return updateCall(call, {
    participants: call.participants.map((current) => (current === participant ? changed : current)),
  })
}

/**
 * Changes the roster entry of the bot, if a value differs. A peer-to-peer call has no roster, so it reports no event.
 */
export function changeBot(call: Call, patch: Partial<Participant>): Decision {
  const bot = call.participants.find(({ id }) => id === call.myParticipantId)
  const isChanged = bot && Object.entries(patch).some(([name, value]) => bot[name as keyof Participant] !== value)
  if (!isChanged) return silentDecision(call)
  const next = changeParticipant(call, bot, patch)
  return { call: next, operations: [], events: next.isGroup ? [{ type: 'rosterUpdated', call: next }] : [] }
}

/** The bot as the target of an incoming call, or as the source of its own call. */
export const botInfo = ({ direction, source, targets }: Call): ParticipantInfo | undefined =>
  direction === 'incoming' ? targets[0] : source

/** Adds the bot itself to the roster. A bot that requested no media has none. */
export function addBot(call: Call, activeModalities: readonly Modality[], context: RuleContext): Call {
  const info = botInfo(call)
  if (!info) return call
  return addParticipant(call, { id: call.myParticipantId, info, hasMedia: activeModalities.length > 0 }, context)
}

/**
 * Removes a participant from the roster and the audio routing groups, with their content sharing session, their hold
 * and every timer about them.
 */
export function removeParticipant(call: Call, participantId: string): Call {
  const { heldParticipantId, ...rest } = call
  return {
    ...(heldParticipantId === participantId ? rest : call),
    participants: call.participants.filter(({ id }) => id !== participantId),
    contentSharingSession: isPresenter(call, participantId) ? undefined : call.contentSharingSession,
    audioRoutingGroups: call.audioRoutingGroups?.flatMap((group) => removeFromGroup(group, participantId)),
    timers: removeTimersAbout(call.timers, participantId),
  }
}

const isPresenter = ({ contentSharingSession }: Call, participantId: string): boolean =>
  contentSharingSession?.presenterParticipantId === participantId

/** Returns no group when it has no source or no receiver left. */
function removeFromGroup(group: AudioRoutingGroup, participantId: string): readonly AudioRoutingGroup[] {
  const isAboutThem = (id: string) => id === participantId
  if (!group.sources.some(isAboutThem) && !group.receivers.some(isAboutThem)) return [group]
  const sources = group.sources.filter((id) => !isAboutThem(id))
  const receivers = group.receivers.filter((id) => !isAboutThem(id))
  return sources.length > 0 && receivers.length > 0
    ? [{ ...group, sources, receivers, version: group.version + 1 }]
    : []
}

/** Removes a ringing participant, with every timer about them. */
export function stopRinging(call: Call, participantId: string): Call {
  return {
    ...call,
    ringing: call.ringing.filter((ringing) => ringing.participantId !== participantId),
    timers: removeTimersAbout(call.timers, participantId),
  }
}

const removeTimersAbout = (timers: readonly Timer[], participantId: string): readonly Timer[] =>
  timers.filter((timer) => timer.participantId !== participantId)

/**
 * Adds ringing participants. Each gets a ring timeout, and the id that the participant has after joining.
 *
 * @param legCallIds the calls of the applications among them that get one
 */
export function ringParticipants(
  call: Call,
  invitees: readonly ParticipantInfo[],
  context: Pick<RuleContext, 'now' | 'newId'>,
  { operationId, legCallIds }: { readonly operationId?: string; readonly legCallIds?: LegCallIds | undefined } = {},
): Call {
  const ringing = invitees.map((info) => ({
    participantId: context.newId(),
    info,
    ...(operationId !== undefined && { operationId }),
    ...legCallIdOf(info, legCallIds),
  }))
  const timers = ringing.map(({ participantId }) => ({
    id: `ringTimedOut:${participantId}`,
    at: context.now + call.ringTimeoutMs,
    command: { type: 'ringTimedOut', participantId } as const,
    participantId,
  }))
  return offerLegs({ ...call, ringing: [...call.ringing, ...ringing], timers: [...call.timers, ...timers] }, context)
}

function legCallIdOf({ identity }: ParticipantInfo, legCallIds: LegCallIds = {}): { legCallId?: string } {
  const legCallId = identity.kind === 'application' ? legCallIds[identity.id.toLowerCase()] : undefined
  return legCallId === undefined ? {} : { legCallId }
}

/** Adds a participant who does not ring: a timer lets them join from the call that they are in. */
export function addReplacement(
  call: Call,
  replacement: Omit<RingingParticipant, 'participantId'>,
  { now, newId }: Pick<RuleContext, 'now' | 'newId'>,
): Call {
  const participantId = newId()
  const timer: Timer = {
    id: `replaceParticipant:${participantId}`,
    at: now,
    command: { type: 'replaceParticipant', participantId },
    participantId,
  }
  return {
    ...call,
    ringing: [...call.ringing, { participantId, ...replacement }],
    timers: [...call.timers, timer],
  }
}

/**
 * Puts the call into `terminated`, without timers and ringing participants. Every running operation fails. Its event
 * comes before the event of the call, so that the bot does not keep waiting for the operation.
 *
 * @param earlierEvents events of the same command, which come first
 */
export function terminateCall(
  call: Call,
  endReason: EndReason,
  now: number,
  earlierEvents: readonly CallEvent[] = [],
): Decision {
  const operations = call.operations.map((operation) =>
    finishOperation(operation, now, 'failed', endReasonResults[endReason]),
  )
  const heirCallId = findHeir(call)
  const next = updateCall(call, {
    state: 'terminated',
    endReason,
    timers: [],
    ringing: [],
    operations: [],
    ...(heirCallId !== undefined && { heirCallId }),
  })
  const failures = operationEndedEvents(
    next,
    operations.filter(({ type }) => type !== 'answer'),
  )
  return { call: next, operations, events: [...earlierEvents, ...failures, { type: 'terminated', call: next }] }
}

import type { Call, Leg, RingingParticipant, RuleContext, Timer } from '../call.js'
import type { LegAction, LegOffer, Successor } from '../commands.js'
import type { Tone } from '../resources.js'
import { NEW_LEG_INTERVAL_MS, READ_INTERVAL_MS, READ_LEGS, readTimer, withReadTimer } from './timer.js'

// What a call knows of its legs, the calls of other applications.

export const findLeg = (call: Call, callId: string | undefined): Leg | undefined =>
  call.legs?.find((leg) => leg.callId === callId)

/** The version of a call that is taken for ended because it does not exist is 1; one that has ended has a later one. */
const NEVER_READ = 1
/** As many calls as a meeting lists (callIndex.ts). */
const MAX_ENDED_LEGS = 50

/** Whether this call shows what a leg is. */
export const isLegConnected = (call: Call, callId: string): boolean =>
  findLeg(call, callId)?.isMember === true || call.participants.some(({ legCallId }) => legCallId === callId)

/** The call that has offered this one. It may be that of the caller, or know the caller. */
export const findOfferer = (call: Call): Leg | undefined => call.legs?.find(({ isOfferer }) => isOfferer)

const newLeg = (callId: string, now: number): Leg => ({
  callId,
  version: 0,
  since: now,
  requests: [],
  lastSent: 0,
  lastReceived: 0,
})

/** Links a call with others, which it reads at once. */
export const addLegs = (call: Call, callIds: readonly string[], now: number): Call => link(call, callIds, now, {})

/** Links a call with others in the same group or meeting, which it reads at once. */
export const addMembers = (call: Call, callIds: readonly string[], now: number): Call =>
  link(call, callIds, now, { isMember: true })

function link(call: Call, callIds: readonly string[], now: number, membership: Pick<Leg, 'isMember'>): Call {
  const added = callIds.filter(
    (callId) => callId !== call.id && !findLeg(call, callId) && !call.endedLegs?.includes(callId),
  )
  if (added.length === 0) return call
  const legs = [...(call.legs ?? []), ...added.map((callId) => ({ ...newLeg(callId, now), ...membership }))]
  return { ...call, legs, timers: withReadTimer(call.timers, readTimer(now, 0)) }
}

/** Links a new incoming call with the call that has offered it. */
export function addOffer(call: Call, { callId, callerParticipantId }: LegOffer, now: number): Call {
  const offerer: Leg = { ...newLeg(callId, now), isOfferer: true }
  return { ...call, callerParticipantId, legs: [offerer], timers: withReadTimer(call.timers, readTimer(now)) }
}

/** Links a call with those of the applications that now ring. They are offered at once. */
export function offerLegs(call: Call, { now }: Pick<RuleContext, 'now'>): Call {
  const offered = call.ringing.filter(({ legCallId }) => legCallId !== undefined && !findLeg(call, legCallId))
  if (offered.length === 0) return call
  const timers = offered.map(
    ({ legCallId = '', participantId }): Timer => ({
      id: offerTimerId(legCallId),
      at: now,
      command: { type: 'offerLeg', callId: legCallId },
      participantId,
    }),
  )
  const legs = offered.map(({ legCallId = '' }) => newLeg(legCallId, now))
  return { ...call, legs: [...(call.legs ?? []), ...legs], timers: [...call.timers, ...timers] }
}

/** The id of the timer that offers a call. */
export const offerTimerId = (callId: string): string => `offerLeg:${callId}`

/** Plans the next reading, unless it is planned. A call without legs needs none. */
export function planReading(call: Call, now: number): Call {
  const isPlanned = call.timers.some(({ id }) => id === READ_LEGS)
  if (isPlanned || !call.legs?.length) return call
  const isAwaited = call.legs.some(({ version, since }) => version === 0 && now - since < READ_INTERVAL_MS)
  const delayMs = isAwaited ? NEW_LEG_INTERVAL_MS : READ_INTERVAL_MS
  return { ...call, timers: withReadTimer(call.timers, readTimer(now, delayMs)) }
}

/** Reads the legs again: an answered call shows participants whom a ringing one did not. */
export const rereadLegs = (call: Call, now: number): Call =>
  (call.legs ?? []).reduce((next, { callId }) => rereadLeg(next, callId, now), call)

/** Reads a leg again at once, as if it had changed. */
export const rereadLeg = (call: Call, callId: string, now: number): Call => ({
  ...changeLeg(call, callId, { version: 0 }),
  timers: withReadTimer(call.timers, readTimer(now, 0)),
})

/** Changes what the call knows of a leg. */
export const changeLeg = (call: Call, callId: string, patch: Partial<Leg>): Call => ({
  ...call,
  legs: (call.legs ?? []).map((leg) => (leg.callId === callId ? { ...leg, ...patch } : leg)),
})

/** Removes a leg that has ended, or that does not exist. */
export function removeLeg(call: Call, callId: string): Call {
  const { legs = [], endedLegs = [] } = call
  const remaining = { ...call, legs: legs.filter((leg) => leg.callId !== callId) }
  // A call that was never read may still be created.
  if ((findLeg(call, callId)?.version ?? 0) <= NEVER_READ) return remaining
  return { ...remaining, endedLegs: [...endedLegs, callId].slice(-MAX_ENDED_LEGS) }
}

/**
 * How many tones a leg may still have to hear, so that the call stays small. A leg that cannot read them within seconds
 * misses those above the limit.
 */
const MAX_PENDING_TONES = 20

/** Asks a leg for an action, once more if it was asked before. Asks nothing if the call is not linked with it. */
export function askLeg(call: Call, callId: string | undefined, action: LegAction): Call {
  const leg = findLeg(call, callId)
  if (!leg || hasTooManyTones(leg, action)) return call
  const number = leg.lastSent + 1
  const requests = [...leg.requests.filter((other) => !isSame(other, action)), { ...action, number }]
  return { ...changeLeg(call, leg.callId, { requests, lastSent: number }), version: call.version + 1 }
}

const hasTooManyTones = ({ requests }: Leg, { type }: LegAction): boolean =>
  type === 'tone' && requests.filter((request) => request.type === type).length >= MAX_PENDING_TONES

/** The later one of two has the effect of both: the leg may have done the earlier one already. */
const isSame = (one: LegAction, other: LegAction): boolean =>
  one.type !== 'tone' && one.type === other.type && one.participantId === other.participantId

/** Asks the leg that a participant belongs to, if it is another call. */
export function askLegOf(call: Call, participantId: string, type: 'mute' | 'unshare' | 'remove'): Call {
  const participant = call.participants.find(({ id }) => id === participantId)
  return askLeg(call, participant?.legCallId, { type, participantId })
}

/** Lets the applications that are connected hear a tone. */
export function sendToneToLegs(call: Call, tone: Tone): Call {
  const connected = new Set(call.participants.flatMap(({ legCallId }) => legCallId ?? []))
  return [...connected].reduce((next, callId) => askLeg(next, callId, { type: 'tone', tone }), call)
}

/** A ringing participant who answers, for the one they are connected with. */
export const toSuccessor = ({ participantId, info, legCallId }: RingingParticipant): Successor => ({
  participantId,
  info,
  ...(legCallId !== undefined && { legCallId }),
})

/**
 * The leg that keeps the people of a group call when it ends: the first that is in the roster, or else the last that has
 * met this call. Both have linked this call, so they will read its end. The commit that ends the call decides it, so that
 * the people end up in one call only. Undefined when the call has no people or no such leg.
 */
export function findHeir({ isGroup, legs = [], participants, myParticipantId }: Call): string | undefined {
  const hasPeople = participants.some(({ id, legCallId }) => legCallId === undefined && id !== myParticipantId)
  if (!isGroup || !hasPeople) return undefined
  const shown = legs.find(({ callId }) => participants.some(({ legCallId }) => legCallId === callId))
  return (shown ?? legs.findLast(({ isMember, hasMet }) => isMember && hasMet))?.callId
}

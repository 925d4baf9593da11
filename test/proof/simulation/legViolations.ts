import type { Call } from '../../../shared/calls/call.js'
import { isConnected, otherParticipants } from '../../../shared/calls/roster.js'
import type { Simulation } from './simulation.js'
import { readStoredCalls } from './violations.js'

type Calls = ReadonlyMap<string, Call>

/** Returns where the calls of applications that are connected disagree, a line each. The run must have settled. */
export async function findLegViolations(simulation: Simulation): Promise<string[]> {
  const { calls } = await readStoredCalls(simulation)
  return [...calls.values()]
    .filter(({ state }) => state !== 'terminated')
    .flatMap((call) =>
      [...findLinkViolations(call, calls), ...findRosterViolations(call, calls)].map((line) => `${call.id}: ${line}`),
    )
}

/** Checks that all legs are there and know each other, and that nothing is left to do between them. */
function findLinkViolations(call: Call, calls: Calls): string[] {
  return (call.legs ?? []).flatMap(({ callId, requests }) => {
    const other = calls.get(callId)
    if (!other || other.state === 'terminated') return [`is linked with ${callId}, which has ended`]
    const violations: string[] = []
    if (!other.legs?.some((leg) => leg.callId === call.id)) violations.push(`${callId} is not linked with it`)
    if (requests.length > 0) violations.push(`${callId} has not done ${JSON.stringify(requests)}`)
    if (other.isGroup !== call.isGroup) violations.push(`${callId} is not of the same kind`)
    if (isConnected(call) !== isConnected(other)) violations.push(`is ${call.state}, but ${callId} is ${other.state}`)
    return violations
  })
}

/** Checks that everyone is in one call, and that all legs of that call show them as they are there. */
function findRosterViolations(call: Call, calls: Calls): string[] {
  const others = otherParticipants(call).length
  const isAlone = isConnected(call) && !call.isGroup && others !== 1
  return [
    ...call.participants.flatMap(({ id, legCallId }) => findOwnerViolations(call, { id, legCallId }, calls)),
    ...(call.legs ?? []).flatMap(({ callId }) => compareRosters(call, calls.get(callId))),
    ...(isAlone ? [`is peer-to-peer with ${others} others`] : []),
  ]
}

function findOwnerViolations(
  call: Call,
  { id, legCallId }: { readonly id: string; readonly legCallId: string | undefined },
  calls: Calls,
): string[] {
  if (legCallId === undefined) return []
  const isThere = calls.get(legCallId)?.participants.some((entry) => entry.id === id && entry.legCallId === undefined)
  const isLinked = call.legs?.some(({ callId }) => callId === legCallId)
  return [
    ...(isThere ? [] : [`shows ${id}, who is not in ${legCallId}`]),
    ...(isLinked ? [] : [`shows ${id} of ${legCallId}, with which it is not linked`]),
  ]
}

function compareRosters(call: Call, other: Call | undefined): string[] {
  if (!other) return []
  const shown = new Set(rosterOf(other))
  const missing = rosterOf(call).filter((entry) => !shown.has(entry))
  return missing.length === 0 ? [] : [`shows ${missing}, but ${other.id} does not`]
}

const rosterOf = (call: Call): string[] =>
  call.participants.map(({ id, info, isMuted, isInLobby, isSharing, recordingStatus }) =>
    JSON.stringify({ id, identity: info.identity.id, isMuted, isInLobby, isSharing, recordingStatus }),
  )

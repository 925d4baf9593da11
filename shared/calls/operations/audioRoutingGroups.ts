import type { Call, Decision, RuleContext } from '../call.js'
import type {
  CreateAudioRoutingGroupCommand,
  DeleteAudioRoutingGroupCommand,
  UpdateAudioRoutingGroupCommand,
} from '../commands.js'
import { CallError, requireGroupCall } from '../errors.js'
import type { AudioRoutingGroup } from '../resources.js'
import { requireKnownParticipant } from '../roster.js'
import { isSameId, silentDecision, updateCall } from '../updates.js'

// Graph documents no notification about audio routing groups, so these rules report none.

/** Graph documents no limit. A bot may have a group for each participant; all are stored in the row of the call. */
const MAX_AUDIO_ROUTING_GROUPS = 50

/** Creates a private audio route between participants of a group call (Graph: call-post-audioroutinggroups). */
export function createAudioRoutingGroup(
  call: Call,
  { type, id: givenId, ...route }: CreateAudioRoutingGroupCommand,
  { newId }: RuleContext,
): Decision {
  requireGroupCall(call, type)
  const groups = call.audioRoutingGroups ?? []
  if (givenId !== undefined && findAudioRoutingGroup(call, givenId)) {
    throw new CallError('audioRoutingGroupExists', `id: the call has an audio routing group ${givenId} already.`)
  }
  if (groups.length >= MAX_AUDIO_ROUTING_GROUPS) {
    throw new CallError(
      'tooManyAudioRoutingGroups',
      `The call has ${groups.length} audio routing groups; delete one of them first.`,
    )
  }
  requireValidRoute(call, route)
  const group: AudioRoutingGroup = { id: givenId ?? newId(), ...route, version: 1 }
  return { ...silentDecision(updateCall(call, { audioRoutingGroups: [...groups, group] })), createdId: group.id }
}

/** Changes the mode, the sources or the receivers (Graph: audioroutinggroup-update). */
export function updateAudioRoutingGroup(call: Call, { id, changes }: UpdateAudioRoutingGroupCommand): Decision {
  const group = requireAudioRoutingGroup(call, id)
  if (changes.id !== undefined && !isSameId(changes.id, group.id)) {
    throw new CallError('invalidAudioRoute', `id: cannot be changed; the group is ${group.id}.`)
  }
  const { routingMode = group.routingMode, sources = group.sources, receivers = group.receivers } = changes
  const changed = { ...group, routingMode, sources, receivers, version: group.version + 1 }
  requireValidRoute(call, changed)
  const audioRoutingGroups = call.audioRoutingGroups?.map((current) => (current === group ? changed : current))
  return silentDecision(updateCall(call, { audioRoutingGroups }))
}

export function deleteAudioRoutingGroup(call: Call, { id }: DeleteAudioRoutingGroupCommand): Decision {
  const group = requireAudioRoutingGroup(call, id)
  const audioRoutingGroups = call.audioRoutingGroups?.filter((current) => current !== group)
  return silentDecision(updateCall(call, { audioRoutingGroups }))
}

/** @throws CallError audioRoutingGroupNotFound */
export function requireAudioRoutingGroup(call: Call, id: string): AudioRoutingGroup {
  const group = findAudioRoutingGroup(call, id)
  if (!group) throw new CallError('audioRoutingGroupNotFound', 'Audio routing group not found.')
  return group
}

const findAudioRoutingGroup = (call: Call, id: string): AudioRoutingGroup | undefined =>
  call.audioRoutingGroups?.find((group) => isSameId(group.id, id))

type Route = Pick<AudioRoutingGroup, 'routingMode' | 'sources' | 'receivers'>

/**
 * Graph: audioRoutingGroup. Each mode has one source, and `oneToOne` has one receiver. The receivers are other
 * participants than the source.
 *
 * @throws CallError invalidAudioRoute or unknownParticipant, which name the property by its path
 */
function requireValidRoute(call: Call, { routingMode, sources, receivers }: Route): void {
  requireInRoster(call, 'sources', sources)
  requireInRoster(call, 'receivers', receivers)
  const inBoth = receivers.findIndex((id) => sources.includes(id))
  if (inBoth !== -1) throw invalidRoute(`receivers[${inBoth}]: ${receivers[inBoth]} is also a source.`)
  if (sources.length !== 1) throw invalidRoute(`sources: must have exactly one item, not ${sources.length}.`)
  if (receivers.length === 0) throw invalidRoute('receivers: must have at least one item.')
  if (routingMode === 'oneToOne' && receivers.length > 1) {
    throw invalidRoute(`receivers: must have exactly one item in a oneToOne group, not ${receivers.length}.`)
  }
}

function requireInRoster(call: Call, property: 'sources' | 'receivers', ids: readonly string[]): void {
  for (const [index, id] of ids.entries()) {
    const path = `${property}[${index}]`
    requireKnownParticipant(call, id, path)
    if (ids.indexOf(id) < index) throw invalidRoute(`${path}: ${id} is in this list twice.`)
  }
}

const invalidRoute = (problem: string): CallError => new CallError('invalidAudioRoute', problem)

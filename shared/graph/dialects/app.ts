import type { Announcement, Call, Ending, Operation } from '../../calls/call.js'
import type { Identity, Invitation, Participant, ParticipantInfo, ToneInfo } from '../../calls/resources.js'
import { upperHex } from '../ids.js'
import { callDetails, identitySet, mediaPrompt, operationTypes, resultInfo, toneInfo } from './resources.js'

// The API of 2019 at /app/calls: upper-case ids without dashes, etags, operations with times, and an end in two messages.

const callPath = (call: Call) => `/app/calls/${upperHex(call.id)}`
const operationPath = (call: Call, operation: Operation) => `${callPath(call)}/operations/${upperHex(operation.id)}`
const etag = (version: number) => `W/"${version}"`
/** Seconds are all that this era wrote. */
const dateTime = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

function entity(type: string, path: string, version: number) {
  return { '@odata.type': `#microsoft.graph.${type}`, '@odata.id': path, '@odata.etag': etag(version) }
}

function notification(changeType: 'created' | 'updated' | 'deleted', resource: string, resourceData: object) {
  return { value: [{ changeType, resource, resourceData }] }
}

const callNotification = (changeType: 'created' | 'updated' | 'deleted', call: Call, rest: object) =>
  notification(changeType, callPath(call), { ...entity('call', callPath(call), call.version), ...rest })

const identity = ({ id, displayName }: Identity) => ({ displayName, id })

/** Source and targets carried the language inside the identity. */
function participantInfo({ identity: who, languageId }: ParticipantInfo) {
  const write = ({ id, displayName }: Identity) => ({
    displayName,
    language: languageId,
    id,
  })
  return { '@odata.type': '#microsoft.graph.participantInfo', identity: identitySet(who, write) }
}

function invitationParticipantInfo({ identity: who, replacesCallId, ...where }: Invitation) {
  return {
    '@odata.type': '#microsoft.graph.invitationParticipantInfo',
    identity: identitySet(who, identity),
    ...where,
    replacesCallId: replacesCallId && upperHex(replacesCallId),
  }
}

function rosterEntry(call: Call, { id, info, isMuted, mediaStreams, version }: Participant) {
  return {
    ...entity('participant', `${callPath(call)}/participants/${upperHex(id)}`, version),
    info: {
      identity: identitySet(info.identity, identity),
      region: info.region,
      languageId: info.languageId,
    },
    // The documented rosters speak of it only where somebody is muted.
    isMuted: isMuted || undefined,
    mediaStreams,
  }
}

/** The only reason that this era documents for a call that the bot ended; the other word was seen on the wire. */
const terminationReason = (ending: Ending | undefined) =>
  ending === 'hungUp' || ending === 'replaced' ? 'AppInitiated' : 'CallTerminated'

const announce: Record<Exclude<Announcement['type'], 'operationEnded' | 'tonePressed'>, (call: Call) => object[]> = {
  incoming: (call) => [
    callNotification('created', call, {
      state: 'incoming',
      direction: 'incoming',
      source: participantInfo(call.source),
      targets: call.targets.map(participantInfo),
      requestedModalities: call.requestedModalities,
    }),
  ],
  establishing: (call) => [
    callNotification('updated', call, {
      state: 'establishing',
      direction: call.direction === 'outgoing' ? call.direction : undefined,
    }),
  ],
  established: (call) => [
    callNotification('updated', call, {
      state: 'established',
      activeModalities: call.activeModalities,
      requestedModalities: [],
    }),
  ],
  mediaStateChanged: () => [],
  terminating: () => [],
  terminated: (call) => [
    callNotification('updated', call, {
      state: 'terminated',
      terminationReason: terminationReason(call.ending),
    }),
    callNotification('deleted', call, {}),
  ],
  rosterUpdated: (call) => [
    notification(
      'updated',
      `${callPath(call)}/participants`,
      call.participants.map((one) => rosterEntry(call, one)),
    ),
  ],
}

const announceTone = (call: Call, tone: ToneInfo): object[] => [
  callNotification('updated', call, { state: call.state, toneInfo: toneInfo(tone) }),
]

const announceOperation = (call: Call, operation: Operation): object[] => [
  notification('deleted', operationPath(call, operation), operationResource(call, operation)),
]

/** Muting had no type of its own yet. */
const typeOf = { ...operationTypes, muteParticipant: 'commsOperation', unmuteParticipant: 'commsOperation' }

function operationResource(call: Call, operation: Operation) {
  const invites = operation.type === 'inviteParticipants'
  return {
    ...entity(typeOf[operation.type], operationPath(call, operation), operation.version),
    id: upperHex(operation.id),
    clientContext: operation.clientContext,
    status: operation.status,
    participants: invites ? operation.participants.map(invitationParticipantInfo) : undefined,
    prompts: operation.prompts?.map(mediaPrompt),
    resultInfo: operation.resultInfo && resultInfo(operation.resultInfo),
  }
}

function operationReply(operation: Operation) {
  return {
    id: upperHex(operation.id),
    status: operation.status,
    createdDateTime: dateTime(operation.createdAt),
    lastActionDateTime: dateTime(operation.lastActionAt),
    clientContext: operation.clientContext,
  }
}

const timedOperation = (call: Call, operation: Operation) => ({
  ...operationResource(call, operation),
  ...operationReply(operation),
})

function callResource(call: Call) {
  return {
    ...entity('call', callPath(call), call.version),
    id: upperHex(call.id),
    state: call.state,
    ...callDetails(call, participantInfo, participantInfo),
    myParticipantId: upperHex(call.myParticipantId),
  }
}

export const app = {
  growsPeerToPeer: true,
  notifications: (announcement: Announcement) => {
    const { type, call } = announcement
    if (type === 'operationEnded') return announceOperation(call, announcement.operation)
    return type === 'tonePressed' ? announceTone(call, announcement.tone) : announce[type](call)
  },
  created: (call: Call) => ({ status: 201, location: callPath(call), body: callResource(call) }),
  answered: (_: Call, operation: Operation) => ({ status: 200, body: operationReply(operation) }),
  invited: (call: Call, operation: Operation) => ({
    status: 202,
    location: operationPath(call, operation),
    body: operationReply(operation),
  }),
  call: callResource,
  participant: (call: Call, participant: Participant) => ({
    ...rosterEntry(call, participant),
    id: upperHex(participant.id),
    isMuted: participant.isMuted,
    isInLobby: false,
  }),
  operated: (call: Call, operation: Operation) => ({
    status: 200,
    location: operationPath(call, operation),
    body: timedOperation(call, operation),
  }),
  operation: timedOperation,
}

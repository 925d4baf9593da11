import type { Announcement, Call, Operation } from '../../calls/call.js'
import { endings } from '../../calls/endings.js'
import type { Invitation, Participant, ParticipantInfo, ToneInfo } from '../../calls/resources.js'
import {
  callDetails,
  chatInfo,
  fullIdentity,
  identitySet,
  mediaPrompt,
  meetingInfo,
  operationTypes,
  resultInfo,
  toneInfo,
} from './resources.js'

// Today's API at /communications/calls: dashed lower-case ids, types on everything, and an end in one message.

const tail = (call: Call) => `calls/${call.id}`
const operationTail = (call: Call, operation: Operation) => `${tail(call)}/operations/${operation.id}`

/** Real traffic carries both `resource` and `resourceUrl`, and clients read either. */
function notification(changeType: 'created' | 'updated' | 'deleted', path: string, resourceData: object) {
  return {
    '@odata.type': '#microsoft.graph.commsNotifications',
    value: [
      {
        '@odata.type': '#microsoft.graph.commsNotification',
        changeType,
        resource: `/app/${path}`,
        resourceUrl: `/communications/${path}`,
        resourceData,
      },
    ],
  }
}

function callNotification(changeType: 'created' | 'updated' | 'deleted', call: Call, rest: object = {}) {
  return notification(changeType, tail(call), {
    '@odata.type': '#microsoft.graph.call',
    '@odata.id': `/communications/${tail(call)}`,
    id: call.id,
    state: call.state,
    direction: call.direction,
    callChainId: call.callChainId,
    tenantId: call.tenantId,
    ...rest,
  })
}

/** The coordinates of the meeting, which this era repeats while the bot joins it. */
const meeting = (call: Call) => ({
  chatInfo: call.chatInfo && chatInfo(call.chatInfo),
  meetingInfo: call.meetingInfo && meetingInfo(call.meetingInfo),
})

function participantInfo({ identity, ...where }: ParticipantInfo) {
  return { '@odata.type': '#microsoft.graph.participantInfo', identity: typedIdentitySet(identity), ...where }
}

function invitationParticipantInfo({ identity, endpointType, replacesCallId }: Invitation) {
  return {
    '@odata.type': '#microsoft.graph.invitationParticipantInfo',
    identity: typedIdentitySet(identity),
    endpointType,
    replacesCallId,
  }
}

function typedIdentitySet(identity: ParticipantInfo['identity']) {
  const typed = identitySet(identity, (one) => ({ '@odata.type': '#microsoft.graph.identity', ...fullIdentity(one) }))
  return { '@odata.type': '#microsoft.graph.identitySet', ...typed }
}

function participantResource(call: Call, { id, info, isMuted, mediaStreams }: Participant) {
  return {
    '@odata.type': '#microsoft.graph.participant',
    '@odata.id': `/communications/${tail(call)}/participants/${id}`,
    id,
    info: participantInfo(info),
    isMuted,
    isInLobby: false,
    mediaStreams: mediaStreams.map((stream) => ({ '@odata.type': '#microsoft.graph.mediaStream', ...stream })),
  }
}

function operationResource(call: Call, operation: Operation) {
  return {
    '@odata.type': `#microsoft.graph.${operationTypes[operation.type]}`,
    '@odata.id': `/communications/${operationTail(call, operation)}`,
    id: operation.id,
    status: operation.status,
    clientContext: operation.clientContext,
    participants:
      operation.type === 'inviteParticipants' ? operation.participants.map(invitationParticipantInfo) : undefined,
    prompts: operation.prompts?.map(mediaPrompt),
    resultInfo: operation.resultInfo && resultInfo(operation.resultInfo),
  }
}

const mediaState = ({ mediaState: state }: Call) =>
  state && { '@odata.type': '#microsoft.graph.callMediaState', ...state }

const result = ({ ending }: Call) => (ending ? { resultInfo: resultInfo(endings[ending]) } : {})

function callResource(call: Call) {
  return {
    '@odata.type': '#microsoft.graph.call',
    '@odata.id': `/communications/${tail(call)}`,
    id: call.id,
    state: call.state,
    ...callDetails(call, participantInfo, invitationParticipantInfo),
    myParticipantId: call.myParticipantId,
    mediaState: mediaState(call),
    ...result(call),
  }
}

const announce: Record<Exclude<Announcement['type'], 'operationEnded' | 'tonePressed'>, (call: Call) => object[]> = {
  incoming: (call) => [
    callNotification('created', call, {
      ...callDetails(call, participantInfo, invitationParticipantInfo),
      myParticipantId: call.myParticipantId,
    }),
  ],
  establishing: (call) => [callNotification('updated', call, meeting(call))],
  established: (call) => [callNotification('updated', call, meeting(call))],
  mediaStateChanged: (call) => [callNotification('updated', call, { mediaState: mediaState(call) })],
  terminating: (call) => [callNotification('updated', call)],
  terminated: (call) => [callNotification('deleted', call, result(call))],
  rosterUpdated: (call) => [
    notification(
      'updated',
      `${tail(call)}/participants`,
      call.participants.map((one) => participantResource(call, one)),
    ),
  ],
}

const announceTone = (call: Call, tone: ToneInfo): object[] => [
  callNotification('updated', call, { toneInfo: toneInfo(tone) }),
]

const announceOperation = (call: Call, operation: Operation): object[] => [
  notification('deleted', operationTail(call, operation), operationResource(call, operation)),
]

const operated = (call: Call, operation: Operation) => ({
  status: 200,
  location: `/communications/${operationTail(call, operation)}`,
  body: operationResource(call, operation),
})

export const communications = {
  growsPeerToPeer: false,
  notifications: (announcement: Announcement) => {
    const { type, call } = announcement
    if (type === 'operationEnded') return announceOperation(call, announcement.operation)
    return type === 'tonePressed' ? announceTone(call, announcement.tone) : announce[type](call)
  },
  created: (call: Call) => ({ status: 201, location: `/communications/${tail(call)}`, body: callResource(call) }),
  answered: () => ({ status: 202 }),
  invited: operated,
  operated,
  call: callResource,
  participant: participantResource,
  operation: operationResource,
}

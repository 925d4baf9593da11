import type { Call, CallEvent, Operation } from '../../calls/call.js'
import { endReasonResults } from '../../calls/endReasons.js'
import type { Invitation, Participant, ParticipantInfo, ToneInfo } from '../../calls/resources.js'
import type { Dialect } from './dialect.js'
import {
  type ChangeType,
  operationTypes,
  renderCallDetails,
  renderChatInfo,
  renderIdentitySet,
  renderIdentityWithTenant,
  renderMediaPrompt,
  renderMeetingInfo,
  renderResultInfo,
  renderToneInfo,
} from './resources.js'

// The current API at /communications/calls, as the pages of Graph v1.0 document it: ids in lower case with dashes, a
// type on every object, and one notification with the result for the end of a call.
// docs/dialects.md has the reason for every difference.

/** The path below `/communications`; the `resource` of a notification has it below `/app`. */
const callPath = (call: Call) => `calls/${call.id}`
const operationPath = (call: Call, operation: Operation) => `${callPath(call)}/operations/${operation.id}`

/** Real traffic has both `resource` and `resourceUrl`, and clients read one or the other. */
function renderNotification(changeType: ChangeType, path: string, resourceData: object) {
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

function renderCallNotification(changeType: ChangeType, call: Call, changes: object = {}) {
  return renderNotification(changeType, callPath(call), {
    '@odata.type': '#microsoft.graph.call',
    '@odata.id': `/communications/${callPath(call)}`,
    id: call.id,
    state: call.state,
    direction: call.direction,
    callChainId: call.callChainId,
    tenantId: call.tenantId,
    ...changes,
  })
}

/** The chat and the meeting of a call, which this API repeats while the bot joins it. */
const renderMeeting = (call: Call) => ({
  chatInfo: call.chatInfo && renderChatInfo(call.chatInfo),
  meetingInfo: call.meetingInfo && renderMeetingInfo(call.meetingInfo),
})

function renderParticipantInfo({ identity, ...location }: ParticipantInfo) {
  return { '@odata.type': '#microsoft.graph.participantInfo', identity: renderTypedIdentitySet(identity), ...location }
}

function renderInvitation({ identity, endpointType, replacesCallId }: Invitation) {
  return {
    '@odata.type': '#microsoft.graph.invitationParticipantInfo',
    identity: renderTypedIdentitySet(identity),
    endpointType,
    replacesCallId,
  }
}

function renderTypedIdentitySet(identity: ParticipantInfo['identity']) {
  const identitySet = renderIdentitySet(identity, (member) => ({
    '@odata.type': '#microsoft.graph.identity',
    ...renderIdentityWithTenant(member),
  }))
  return { '@odata.type': '#microsoft.graph.identitySet', ...identitySet }
}

function renderParticipant(call: Call, { id, info, isMuted, mediaStreams }: Participant) {
  return {
    '@odata.type': '#microsoft.graph.participant',
    '@odata.id': `/communications/${callPath(call)}/participants/${id}`,
    id,
    info: renderParticipantInfo(info),
    isMuted,
    isInLobby: false,
    mediaStreams: mediaStreams.map((stream) => ({ '@odata.type': '#microsoft.graph.mediaStream', ...stream })),
  }
}

function renderOperation(call: Call, operation: Operation) {
  const isInvitation = operation.type === 'inviteParticipants'
  return {
    '@odata.type': `#microsoft.graph.${operationTypes[operation.type]}`,
    '@odata.id': `/communications/${operationPath(call, operation)}`,
    id: operation.id,
    status: operation.status,
    clientContext: operation.clientContext,
    participants: isInvitation ? operation.participants.map(renderInvitation) : undefined,
    prompts: operation.prompts?.map(renderMediaPrompt),
    resultInfo: operation.resultInfo && renderResultInfo(operation.resultInfo),
  }
}

const renderMediaState = ({ mediaState }: Call) =>
  mediaState && { '@odata.type': '#microsoft.graph.callMediaState', ...mediaState }

const renderResult = ({ endReason }: Call) =>
  endReason ? { resultInfo: renderResultInfo(endReasonResults[endReason]) } : {}

function renderCall(call: Call) {
  return {
    '@odata.type': '#microsoft.graph.call',
    '@odata.id': `/communications/${callPath(call)}`,
    id: call.id,
    state: call.state,
    ...renderCallDetails(call, renderParticipantInfo, renderInvitation),
    myParticipantId: call.myParticipantId,
    mediaState: renderMediaState(call),
    ...renderResult(call),
  }
}

const renderCallEvent: Record<
  Exclude<CallEvent['type'], 'operationEnded' | 'tonePressed'>,
  (call: Call) => object[]
> = {
  incoming: (call) => [
    renderCallNotification('created', call, {
      ...renderCallDetails(call, renderParticipantInfo, renderInvitation),
      myParticipantId: call.myParticipantId,
    }),
  ],
  establishing: (call) => [renderCallNotification('updated', call, renderMeeting(call))],
  established: (call) => [renderCallNotification('updated', call, renderMeeting(call))],
  mediaStateChanged: (call) => [renderCallNotification('updated', call, { mediaState: renderMediaState(call) })],
  terminating: (call) => [renderCallNotification('updated', call)],
  terminated: (call) => [renderCallNotification('deleted', call, renderResult(call))],
  rosterUpdated: (call) => [
    renderNotification(
      'updated',
      `${callPath(call)}/participants`,
      call.participants.map((participant) => renderParticipant(call, participant)),
    ),
  ],
}

const renderTone = (call: Call, tone: ToneInfo): object[] => [
  renderCallNotification('updated', call, { toneInfo: renderToneInfo(tone) }),
]

const renderOperationEnded = (call: Call, operation: Operation): object[] => [
  renderNotification('deleted', operationPath(call, operation), renderOperation(call, operation)),
]

const replyWithOperation = (call: Call, operation: Operation) => ({
  status: 200,
  location: `/communications/${operationPath(call, operation)}`,
  body: renderOperation(call, operation),
})

export const communications = {
  inviteConvertsToGroup: false,
  renderEvent: (event) => {
    const { type, call } = event
    if (type === 'operationEnded') return renderOperationEnded(call, event.operation)
    return type === 'tonePressed' ? renderTone(call, event.tone) : renderCallEvent[type](call)
  },
  replyToCreate: (call) => ({ status: 201, location: `/communications/${callPath(call)}`, body: renderCall(call) }),
  replyToAnswer: () => ({ status: 202 }),
  replyToInvite: replyWithOperation,
  replyToAction: replyWithOperation,
  renderCall,
  orderRoster: (call) => call.participants,
  renderParticipant,
  renderOperation,
} satisfies Dialect

import type { Call, Operation } from '../../calls/call.js'
import { endReasonResults } from '../../calls/endReasons.js'
import { answererOf } from '../../calls/operations/redirect.js'
import type {
  AudioRoutingGroup,
  ContentSharingSession,
  Identity,
  Invitation,
  Participant,
  ParticipantInfo,
  RosterDelta,
} from '../../calls/resources.js'
import { visibleParticipants } from '../../calls/roster.js'
import { type Dialect, type EventRenderers, renderEventWith } from './dialect.js'
import {
  type ChangeType,
  operationResourceOf,
  renderCallDetails,
  renderCallRoutes,
  renderChatInfo,
  renderIdentity,
  renderIdentitySet,
  renderMeetingInfo,
  renderPrompts,
  renderRecording,
  renderResultInfo,
  renderSharedScreen,
  renderToneInfo,
  SCREEN_SHARING,
} from './resources.js'

// The current API at /communications/calls, as the pages of Graph v1.0 document it: ids in lower case with dashes, a
// type on every object, and one notification with the result for the end of a call.
// docs/dialects.md has the reason for every difference.

/** The path below `/communications`; the `resource` of a notification has it below `/app`. */
const callPath = (call: Call) => `calls/${call.id}`
const operationPath = (call: Call, operation: Operation) => `${callPath(call)}/operations/${operation.id}`

/** Real traffic has both `resource` and `resourceUrl`, and clients read one or the other. */
function renderNotification(changeType: ChangeType, call: Call, path: string, resourceData: object) {
  return {
    '@odata.type': '#microsoft.graph.commsNotifications',
    value: [
      {
        '@odata.type': '#microsoft.graph.commsNotification',
        changeType,
        resource: `/app/${path}`,
        resourceUrl: `/communications/${path}`,
        // The pages show this property only for calls that a bot has created.
        callbackUri: call.direction === 'outgoing' ? call.callbackUri : undefined,
        resourceData,
      },
    ],
  }
}

function renderCallNotification(changeType: ChangeType, call: Call, changes: object = {}) {
  return renderNotification(changeType, call, callPath(call), {
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
  meetingInfo: call.meetingInfo && renderMeetingInfo(call.meetingInfo, renderTypedIdentitySet),
})

function renderParticipantInfo({ identity, ...location }: ParticipantInfo) {
  return { '@odata.type': '#microsoft.graph.participantInfo', identity: renderTypedIdentitySet(identity), ...location }
}

function renderInvitation({ identity, endpointType, replacesCallId, participantId }: Invitation) {
  return {
    '@odata.type': '#microsoft.graph.invitationParticipantInfo',
    identity: renderTypedIdentitySet(identity),
    endpointType,
    replacesCallId,
    participantId,
  }
}

/** By default, a user belongs to the call's tenant, in Entra ID. */
function completeUser<P extends ParticipantInfo>(call: Call, info: P): P {
  if (info.identity.kind !== 'user') return info
  const { tenantId = call.tenantId, identityProvider = 'AAD' } = info.identity
  return { ...info, identity: { ...info.identity, tenantId, identityProvider } }
}

/** Renders the info of a roster entry, in which the bot and other applications have a tenant too. */
function renderRosterInfo(call: Call, info: ParticipantInfo) {
  const { endpointType = 'default' } = info
  // The participantId in a request is not the id of the participant in this roster.
  return renderParticipantInfo({
    ...info,
    identity: completeRosterIdentity(call, info),
    endpointType,
    participantId: undefined,
  })
}

function completeRosterIdentity(call: Call, info: ParticipantInfo): Identity {
  const { identity } = completeUser(call, info)
  const isApplication = identity.kind === 'application' || identity.kind === 'applicationInstance'
  return { ...identity, tenantId: identity.tenantId ?? (isApplication ? call.tenantId : undefined) }
}

const renderRecordingInfo = (call: Call, { info, recordingStatus }: Participant) =>
  recordingStatus && {
    '@odata.type': '#microsoft.graph.recordingInfo',
    recordingStatus,
    initiator: renderTypedIdentitySet(completeRosterIdentity(call, info)),
  }

function renderTypedIdentitySet(identity: ParticipantInfo['identity']) {
  const identitySet = renderIdentitySet(identity, (member) => ({
    '@odata.type': '#microsoft.graph.identity',
    ...renderIdentity(member),
  }))
  return { '@odata.type': '#microsoft.graph.identitySet', ...identitySet }
}

function renderParticipant(call: Call, participant: Participant) {
  const { id, info, isMuted, isInLobby } = participant
  return {
    '@odata.type': '#microsoft.graph.participant',
    '@odata.id': `/communications/${callPath(call)}/participants/${id}`,
    id,
    info: renderRosterInfo(call, info),
    isMuted,
    isInLobby,
    mediaStreams: renderMediaStreams(participant, id === call.myParticipantId),
    metadata: participant.metadata,
    recordingInfo: renderRecordingInfo(call, participant),
  }
}

/**
 * The receive-only streams that people have besides their audio. `after` is added to the source id of the audio; it is
 * greater than the number of participants in any call, so that all source ids differ.
 */
const RECEIVING_STREAMS = [{ mediaType: 'video', label: 'main-video', after: 10_000 }, SCREEN_SHARING] as const

function renderMediaStreams(participant: Participant, isBot: boolean) {
  const { mediaStreams: audio, isSharing } = participant
  const received = RECEIVING_STREAMS.filter((stream) => !isSharing || stream !== SCREEN_SHARING)
  const receiving = received.flatMap(({ mediaType, label, after }) =>
    audio.map(({ sourceId, serverMuted }) => ({
      mediaType,
      label,
      sourceId: String(after + Number(sourceId)),
      direction: 'receiveOnly' as const,
      serverMuted,
    })),
  )
  const streams = [...audio, ...(isBot ? [] : receiving), ...renderSharedScreen(participant)]
  return streams.map((stream) => ({ '@odata.type': '#microsoft.graph.mediaStream', ...stream }))
}

function renderOperation(call: Call, operation: Operation) {
  const isInvitation = operation.type === 'inviteParticipants'
  return {
    '@odata.type': `#microsoft.graph.${operationResourceOf(operation).type}`,
    '@odata.id': `/communications/${operationPath(call, operation)}`,
    id: operation.id,
    status: operation.status,
    completionReason: operation.completionReason,
    clientContext: operation.clientContext,
    participants: isInvitation
      ? operation.participants.map((invitation) => renderInvitation(completeUser(call, invitation)))
      : undefined,
    prompts: renderPrompts(operation),
    resultInfo: operation.resultInfo && renderResultInfo(operation.resultInfo),
    ...renderRecording(operation),
  }
}

const renderAudioRoutingGroup = (call: Call, { id, routingMode, sources, receivers }: AudioRoutingGroup) => ({
  '@odata.type': '#microsoft.graph.audioRoutingGroup',
  '@odata.id': `/communications/${callPath(call)}/audioRoutingGroups/${encodeURIComponent(id)}`,
  id,
  routingMode,
  sources,
  receivers,
})

const renderContentSharingSession = ({ id, presenterParticipantId }: ContentSharingSession) => ({
  '@odata.type': '#microsoft.graph.contentSharingSession',
  id,
  presenterParticipantId,
})

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
    ...renderDetails(call),
    myParticipantId: call.myParticipantId,
    mediaState: renderMediaState(call),
    callOptions: renderCallOptions(call),
    transcription: renderTranscription(call),
    ...renderResult(call),
  }
}

const renderCallOptions = ({ callOptions, direction }: Call) =>
  callOptions && { '@odata.type': `#microsoft.graph.${direction}CallOptions`, ...callOptions }

/** The reply for a meeting shows the state of its transcription; the service transcribes nothing. */
const renderTranscription = ({ meetingInfo, createdAt }: Call) =>
  meetingInfo && {
    '@odata.type': '#microsoft.graph.callTranscriptionInfo',
    state: 'inactive' as const,
    lastModifiedDateTime: new Date(createdAt).toISOString(),
  }

const renderDetails = (call: Call) => ({
  ...renderCallDetails(call, (source) => renderParticipantInfo(completeUser(call, source)), renderInvitation),
  ...renderMeeting(call),
  callRoutes: renderCallRoutes(call, renderTypedIdentitySet),
  incomingContext: renderIncomingContext(call),
  applicationMetadata: call.applicationMetadata,
})

const renderIncomingContext = ({ incomingContext }: Call) =>
  incomingContext && {
    '@odata.type': '#microsoft.graph.incomingContext',
    ...incomingContext,
    onBehalfOf: incomingContext.onBehalfOf && renderTypedIdentitySet(incomingContext.onBehalfOf),
    transferor: incomingContext.transferor && renderTypedIdentitySet(incomingContext.transferor),
  }

/**
 * Completes a reply with a whole resource, as the pages print it: a property without a value is null or an empty list.
 * Notifications leave such properties out.
 */
function completeReply<R extends object>(resource: R, nullable: readonly string[], rest: object = {}): R {
  const nulls = Object.fromEntries(nullable.map((name) => [name, null]))
  const given = Object.entries(resource).filter(([, value]) => value !== undefined)
  return { ...nulls, ...rest, ...Object.fromEntries(given) } as R
}

/** Graph: the reply on the page `Get call`; its beta has the last three. */
const NULLABLE_OF_CALL = [
  'subject',
  'ringingTimeoutInSeconds',
  'resultInfo',
  'answeredBy',
  'chatInfo',
  'meetingInfo',
  'transcription',
  'toneInfo',
  'terminationReason',
  'mediaState',
  'meetingCapability',
]
/** Graph: the reply on the page `Create call` of the beta. */
const NULLABLE_OF_SOURCE = ['countryCode', 'endpointType', 'region', 'languageId']
const NULLABLE_OF_TARGET = ['endpointType', 'region', 'languageId', 'replacesCallId']

/** A redirected call ends with its details and who answered (Graph: call-redirect). */
function renderAnsweredBy(call: Call) {
  const answerer = answererOf(call)
  return (
    answerer && {
      ...renderDetails(call),
      myParticipantId: call.myParticipantId,
      answeredBy: renderRosterInfo(call, answerer),
    }
  )
}

const renderOperationNotification = (call: Call, operation: Operation) =>
  renderNotification('deleted', call, operationPath(call, operation), renderOperation(call, operation))

const renderers: EventRenderers = {
  incoming: ({ call }) => [
    renderCallNotification('created', call, {
      ...renderDetails(call),
      myParticipantId: call.myParticipantId,
    }),
  ],
  redirecting: () => [],
  establishing: ({ call }) => [renderCallNotification('updated', call, renderMeeting(call))],
  established: ({ call }) => [renderCallNotification('updated', call, renderMeeting(call))],
  transferring: ({ call }) => [renderCallNotification('updated', call)],
  transferAccepted: ({ call }) => [renderCallNotification('updated', call)],
  transferFailed: ({ call, operation: { resultInfo }, replacesCallId }) => [
    renderCallNotification('updated', call, {
      resultInfo: resultInfo && renderResultInfo(resultInfo),
      replacesContext: replacesCallId,
    }),
  ],
  mediaStateChanged: ({ call }) => [renderCallNotification('updated', call, { mediaState: renderMediaState(call) })],
  terminating: ({ call }) => [renderCallNotification('updated', call)],
  terminated: ({ call }) => [
    renderCallNotification('deleted', call, { ...renderAnsweredBy(call), ...renderResult(call) }),
  ],
  rosterUpdated: ({ call, delta }) => (delta ? renderRosterDelta(call, delta) : [renderRoster(call)]),
  // Graph: the page `Create call`. A call option enables these notifications.
  contentSharingChanged: ({ call, changeType, session }) => {
    if (!call.callOptions?.isContentSharingNotificationEnabled) return []
    const path = `${callPath(call)}/contentsharingsessions`
    return [renderNotification(changeType, call, path, [renderContentSharingSession(session)])]
  },
  tonePressed: ({ call, tone }) => [renderCallNotification('updated', call, { toneInfo: renderToneInfo(tone) })],
  // The progress of a transfer is on the call, so the end of its operation is not reported.
  operationEnded: ({ call, operation }) =>
    operation.type === 'transfer' ? [] : [renderOperationNotification(call, operation)],
}

const renderRosterNotification = (call: Call, resourceData: readonly object[]) =>
  renderNotification('updated', call, `${callPath(call)}/participants`, resourceData)

const renderRoster = (call: Call) =>
  renderRosterNotification(
    call,
    visibleParticipants(call).map((participant) => renderParticipant(call, participant)),
  )

/** As in real traffic, the roster is a list with one deltaParticipants. */
function renderRosterDelta(call: Call, { sequenceNumber, participants, removed }: RosterDelta): object[] {
  const renderEntry = (participant: Participant) => {
    const { info, ...entry } = renderParticipant(call, participant)
    // The Communications SDK tells the entries apart by this participantId.
    return { ...entry, info: { ...info, participantId: participant.id }, rosterSequenceNumber: sequenceNumber }
  }
  const entries = [
    ...participants.map(renderEntry),
    ...removed.map((participant) => ({ ...renderEntry(participant), removedState: REMOVED })),
  ]
  if (entries.length === 0) return []
  const delta = { '@odata.type': '#microsoft.graph.deltaParticipants', sequenceNumber, participants: entries }
  return [renderRosterNotification(call, [delta])]
}

/** Graph: removedState of a participant. No page documents a reason. */
const REMOVED = { '@odata.type': '#microsoft.graph.removedState', reason: 'Removed' }

/** Graph: the reply on the page `Get participant`; its beta has the recordingInfo. */
const completeParticipant = (call: Call, participant: Participant) =>
  completeReply(renderParticipant(call, participant), ['metadata', 'recordingInfo'])

/** Graph: the replies on the pages `participant: invite`, `call: addLargeGalleryView`, `call: record` and others. */
const completeOperation = (call: Call, operation: Operation) =>
  completeReply(
    renderOperation(call, operation),
    operation.type === 'recordResponse' ? ['resultInfo', 'recordingLocation', 'completionReason'] : ['resultInfo'],
  )

/** The `@odata.context` of a resource below a call. */
const contextOf = (call: Call, collection: string) => `communications/calls('${call.id}')/${collection}`

/** The reply for a call. No call has routing policies. */
function replyWithCall(call: Call) {
  const rendered = renderCall(call)
  const completed = {
    ...rendered,
    source: completeReply(rendered.source, NULLABLE_OF_SOURCE),
    targets: rendered.targets.map((target) => completeReply(target, NULLABLE_OF_TARGET)),
    chatInfo: rendered.chatInfo && completeReply(rendered.chatInfo, ['replyChainMessageId']),
  }
  return {
    context: 'communications/calls/$entity',
    body: completeReply(completed, NULLABLE_OF_CALL, { callRoutes: [], routingPolicies: [] }),
  }
}

function replyWithOperation(call: Call, operation: Operation) {
  const { type, status } = operationResourceOf(operation)
  const location = `/communications/${operationPath(call, operation)}`
  return { status, location, context: type, body: completeOperation(call, operation) }
}

export const communications = {
  renderEvent: (event) => renderEventWith(renderers, event),
  replyToCreate: (call) => ({ status: 201, location: `/communications/${callPath(call)}`, ...replyWithCall(call) }),
  replyToAnswer: () => ({ status: 202 }),
  replyToInvite: replyWithOperation,
  replyToAction: replyWithOperation,
  replyToGetCall: (call) => ({ status: 200, ...replyWithCall(call) }),
  replyToGetParticipant: (call, participant) => ({
    status: 200,
    context: contextOf(call, 'participants/$entity'),
    body: completeParticipant(call, participant),
  }),
  replyToGetOperation: (call, operation) => ({
    status: 200,
    context: contextOf(call, 'operations/$entity'),
    body: completeOperation(call, operation),
  }),
  replyToListParticipants: (call, participants) => ({
    status: 200,
    context: contextOf(call, 'participants'),
    body: { value: participants.map((participant) => completeParticipant(call, participant)) },
  }),
  replyToGetAudioRoutingGroup: (call, group) => ({
    status: 200,
    context: contextOf(call, 'audioRoutingGroups/$entity'),
    body: renderAudioRoutingGroup(call, group),
  }),
  replyToListAudioRoutingGroups: (call, groups) => ({
    status: 200,
    context: contextOf(call, 'audioRoutingGroups'),
    body: { value: groups.map((group) => renderAudioRoutingGroup(call, group)) },
  }),
  replyToGetContentSharingSession: (call, session) => ({
    status: 200,
    context: contextOf(call, 'contentSharingSessions/$entity'),
    body: renderContentSharingSession(session),
  }),
  replyToListContentSharingSessions: (call, sessions) => ({
    status: 200,
    context: contextOf(call, 'contentSharingSessions'),
    body: { value: sessions.map(renderContentSharingSession) },
  }),
  orderRoster: visibleParticipants,
} satisfies Dialect

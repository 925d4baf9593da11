import type { Call, EndReason, Operation } from '../../calls/call.js'
import { answererOf } from '../../calls/operations/redirect.js'
import type {
  AudioRoutingGroup,
  ContentSharingSession,
  Identity,
  Invitation,
  Participant,
  ParticipantInfo,
  RecordingStatus,
} from '../../calls/resources.js'
import { otherParticipants } from '../../calls/roster.js'
import { parseGuid, upperHex } from '../ids.js'
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
} from './resources.js'

// The 2019 API at /app/calls. It differs from the current API as the pages of Graph beta of 2019 do: ids in upper case
// without dashes, an etag on every resource, operations with times, and two notifications for the end of a call.
// docs/dialects.md has the reason for every difference, and docs/messages.md compares the messages of the flow on the
// page of 2019 with those sent here.

const callPath = (call: Call) => `/app/calls/${upperHex(call.id)}`
const operationPath = (call: Call, operation: Operation) => `${callPath(call)}/operations/${upperHex(operation.id)}`
const toEtag = (version: number) => `W/"${version}"`
/** The pages of 2019 show times without fractions of a second. */
const toDateTime = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

function renderEntity(type: string, path: string, version: number) {
  return { '@odata.type': `#microsoft.graph.${type}`, '@odata.id': path, '@odata.etag': toEtag(version) }
}

function renderNotification(changeType: ChangeType, resource: string, resourceData: object) {
  return { value: [{ changeType, resource, resourceData }] }
}

const renderCallNotification = (changeType: ChangeType, call: Call, changes: object) =>
  renderNotification(changeType, callPath(call), {
    ...renderEntity('call', callPath(call), call.version),
    ...changes,
  })

/** Only the current API gives identities an `@odata.type`. */
const renderUntypedIdentitySet = (identity: Identity) => renderIdentitySet(identity, renderIdentity)

/** A source or target. In 2019 its language was part of the identity. */
function renderParticipantInfo({ identity, languageId }: ParticipantInfo) {
  const renderWithLanguage = (member: Identity) => ({ ...renderIdentity(member), language: languageId })
  return {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: renderIdentitySet(identity, renderWithLanguage),
  }
}

function renderInvitation({ identity, replacesCallId, participantId, ...location }: Invitation) {
  return {
    '@odata.type': '#microsoft.graph.invitationParticipantInfo',
    identity: renderUntypedIdentitySet(identity),
    ...location,
    replacesCallId: replacesCallId && upperHex(replacesCallId),
    participantId: participantId && upperHex(participantId),
  }
}

/** In 2019 the status had other names, and none for a recording that has failed. */
const recordingStatuses2019: Readonly<Record<RecordingStatus, string>> = {
  notRecording: 'notRecording',
  recording: 'startedRecording',
  failed: 'notRecording',
}

const renderRecordingInfo = ({ info, recordingStatus }: Participant) =>
  recordingStatus && {
    '@odata.type': '#microsoft.graph.recordingInfo',
    status: recordingStatuses2019[recordingStatus],
    initiatedBy: renderRosterInfo(info),
  }

function renderRosterInfo({ identity, region, languageId }: ParticipantInfo) {
  return {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: renderUntypedIdentitySet(identity),
    region,
    languageId,
  }
}

/** The rosters on the pages of 2019 list the bot last. */
const orderRoster = (call: Call): readonly Participant[] => [
  ...otherParticipants(call),
  ...call.participants.filter(({ id }) => id === call.myParticipantId),
]

function renderRosterEntry(call: Call, participant: Participant) {
  const { id, info, isMuted, isInLobby, mediaStreams, version } = participant
  return {
    ...renderEntity('participant', `${callPath(call)}/participants/${upperHex(id)}`, version),
    info: renderRosterInfo(info),
    // The rosters on the pages of 2019 have neither property, so each is sent only when it is true.
    isMuted: isMuted || undefined,
    isInLobby: isInLobby || undefined,
    mediaStreams: [...mediaStreams, ...renderSharedScreen(participant)],
    metadata: participant.metadata,
    recordingInfo: renderRecordingInfo(participant),
  }
}

const renderParticipant = (call: Call, participant: Participant) => ({
  ...renderRosterEntry(call, participant),
  id: upperHex(participant.id),
  isMuted: participant.isMuted,
  isInLobby: participant.isInLobby,
})

/**
 * The pages of 2019 document `AppInitiated` for a call that its bot ended, `AppRedirected` and `AppTransferred`.
 * `CallTerminated` was observed in real traffic.
 */
const TERMINATION_REASONS: Partial<Record<EndReason, string>> = {
  hungUp: 'AppInitiated',
  replaced: 'AppInitiated',
  redirected: 'AppRedirected',
  transferred: 'AppTransferred',
}
const toTerminationReason = (endReason: EndReason | undefined) =>
  (endReason && TERMINATION_REASONS[endReason]) ?? 'CallTerminated'

/** The end of a call: an update with the reason, and then a bare deletion. */
function renderEnd(call: Call) {
  const answerer = answererOf(call)
  return [
    renderCallNotification('updated', call, {
      state: 'terminated',
      terminationReason: toTerminationReason(call.endReason),
      answeredBy: answerer && renderParticipantInfo(answerer),
    }),
    renderCallNotification('deleted', call, {}),
  ]
}

const renderOperationNotification = (changeType: ChangeType, call: Call, operation: Operation, changes: object = {}) =>
  renderNotification(changeType, operationPath(call, operation), { ...renderOperation(call, operation), ...changes })

/** In 2019, an operation reported the progress of a transfer, in a result with texts instead of numbers. */
const toTransferResult = (subCode: string, code = '200') => ({ resultInfo: { code, subCode } })
const toFailedTransferResult = ({ resultInfo }: Operation) =>
  resultInfo && toTransferResult(String(resultInfo.subcode), String(resultInfo.code))

const renderers: EventRenderers = {
  incoming: ({ call }) => [
    renderCallNotification('created', call, {
      state: 'incoming',
      direction: 'incoming',
      source: renderParticipantInfo(call.source),
      targets: call.targets.map(renderParticipantInfo),
      requestedModalities: call.requestedModalities,
      callRoutes: renderCallRoutes(call, renderUntypedIdentitySet),
      chatInfo: call.chatInfo && renderChatInfo(call.chatInfo),
      meetingInfo: call.meetingInfo && renderMeetingInfo(call.meetingInfo, renderUntypedIdentitySet),
    }),
  ],
  redirecting: ({ call }) => [renderCallNotification('updated', call, { state: 'redirecting' })],
  establishing: ({ call }) => [
    renderCallNotification('updated', call, {
      state: 'establishing',
      direction: call.direction === 'outgoing' ? call.direction : undefined,
    }),
  ],
  established: ({ call }) => [
    renderCallNotification('updated', call, {
      state: 'established',
      activeModalities: call.activeModalities,
      // Empty, because the modalities are active now. A call that requested none has no change to report.
      requestedModalities: call.requestedModalities.length > 0 ? [] : undefined,
    }),
  ],
  transferring: ({ call, operation }) => [
    renderOperationNotification('updated', call, operation, toTransferResult('transferring')),
  ],
  transferAccepted: ({ call, operation }) => [
    renderOperationNotification('deleted', call, operation, toTransferResult('transferAccepted')),
  ],
  transferFailed: ({ call, operation }) => [
    renderOperationNotification('deleted', call, operation, toFailedTransferResult(operation)),
  ],
  mediaStateChanged: () => [],
  // The API of that time had no content sharing sessions.
  contentSharingChanged: () => [],
  terminating: () => [],
  terminated: ({ call }) => renderEnd(call),
  rosterUpdated: ({ call }) => [
    renderNotification(
      'updated',
      `${callPath(call)}/participants`,
      orderRoster(call).map((participant) => renderRosterEntry(call, participant)),
    ),
  ],
  tonePressed: ({ call, tone }) => [
    renderCallNotification('updated', call, { state: call.state, toneInfo: renderToneInfo(tone) }),
  ],
  operationEnded: ({ call, operation }) => [renderOperationNotification('deleted', call, operation)],
}

function renderOperation(call: Call, operation: Operation) {
  const isInvitation = operation.type === 'inviteParticipants'
  const { type2019 } = operationResourceOf(operation)
  return {
    ...renderEntity(type2019, operationPath(call, operation), operation.version),
    id: upperHex(operation.id),
    clientContext: operation.clientContext,
    status: operation.status,
    completionReason: operation.completionReason,
    participants: isInvitation ? operation.participants.map(renderInvitation) : undefined,
    prompts: renderPrompts(operation),
    resultInfo: operation.resultInfo && renderResultInfo(operation.resultInfo),
    ...renderRecording2019(operation),
  }
}

/** The properties of a recording, also by the names that they had until July 2019. */
function renderRecording2019(operation: Operation) {
  const recording = renderRecording(operation)
  return {
    ...recording,
    recordResourceLocation: recording.recordingLocation,
    recordResourceAccessToken: recording.recordingAccessToken,
  }
}

function renderBareOperation(operation: Operation) {
  return {
    id: upperHex(operation.id),
    status: operation.status,
    createdDateTime: toDateTime(operation.createdAt),
    lastActionDateTime: toDateTime(operation.lastActionAt),
    clientContext: operation.clientContext,
  }
}

const renderOperationWithTimes = (call: Call, operation: Operation) => ({
  ...renderOperation(call, operation),
  ...renderBareOperation(operation),
})

/** The id of a group may be any text that the bot chose. A GUID, chosen or generated, is spelled like other ids. */
const spellGroupId = (id: string) => (parseGuid(id) === undefined ? id : upperHex(id))

function renderAudioRoutingGroup(call: Call, { id, routingMode, sources, receivers, version }: AudioRoutingGroup) {
  const path = `${callPath(call)}/audioRoutingGroups/${encodeURIComponent(spellGroupId(id))}`
  return {
    ...renderEntity('audioRoutingGroup', path, version),
    id: spellGroupId(id),
    routingMode,
    sources: sources.map(upperHex),
    receivers: receivers.map(upperHex),
  }
}

function renderContentSharingSession(call: Call, { id, presenterParticipantId, version }: ContentSharingSession) {
  const path = `${callPath(call)}/contentSharingSessions/${upperHex(id)}`
  return {
    ...renderEntity('contentSharingSession', path, version),
    id: upperHex(id),
    presenterParticipantId: upperHex(presenterParticipantId),
  }
}

function renderCall(call: Call) {
  return {
    ...renderEntity('call', callPath(call), call.version),
    id: upperHex(call.id),
    state: call.state,
    ...renderCallDetails(call, renderParticipantInfo, renderParticipantInfo),
    meetingInfo: call.meetingInfo && renderMeetingInfo(call.meetingInfo, renderUntypedIdentitySet),
    myParticipantId: upperHex(call.myParticipantId),
  }
}

export const app2019 = {
  renderEvent: (event) => renderEventWith(renderers, event),
  replyToCreate: (call) => ({ status: 201, location: callPath(call), body: renderCall(call) }),
  replyToAnswer: (_, operation) => ({ status: 200, body: renderBareOperation(operation) }),
  replyToInvite: (call, operation) => ({
    status: 202,
    location: operationPath(call, operation),
    body: renderBareOperation(operation),
  }),
  replyToGetCall: (call) => ({ status: 200, body: renderCall(call) }),
  replyToGetParticipant: (call, participant) => ({ status: 200, body: renderParticipant(call, participant) }),
  replyToGetOperation: (call, operation) => ({ status: 200, body: renderOperationWithTimes(call, operation) }),
  replyToListParticipants: (call, participants) => ({
    status: 200,
    body: { value: participants.map((participant) => renderParticipant(call, participant)) },
  }),
  replyToGetAudioRoutingGroup: (call, group) => ({ status: 200, body: renderAudioRoutingGroup(call, group) }),
  replyToListAudioRoutingGroups: (call, groups) => ({
    status: 200,
    body: { value: groups.map((group) => renderAudioRoutingGroup(call, group)) },
  }),
  replyToGetContentSharingSession: (call, session) => ({
    status: 200,
    body: renderContentSharingSession(call, session),
  }),
  replyToListContentSharingSessions: (call, sessions) => ({
    status: 200,
    body: { value: sessions.map((session) => renderContentSharingSession(call, session)) },
  }),
  orderRoster,
  replyToAction: (call, operation) => ({
    status: operationResourceOf(operation).status2019,
    location: operationPath(call, operation),
    body: renderOperationWithTimes(call, operation),
  }),
} satisfies Dialect

import type { Call, Operation, OperationType } from '../../calls/call.js'
import type {
  ChatInfo,
  Identity,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  Participant,
  ParticipantInfo,
  ResultInfo,
  ToneInfo,
} from '../../calls/resources.js'

// What both dialects render in the same way. A property that is undefined is absent from the JSON, as in Graph.

/** Graph: changeType of a commsNotification. */
export type ChangeType = 'created' | 'updated' | 'deleted'

interface OperationResource {
  /** The resource type of the current API. */
  readonly type: string
  /** The resource type of the 2019 API, where it is another one. */
  readonly type2019?: string
  /** The status of the reply that starts the operation; 200 by default. */
  readonly status?: 202
  /** The same in the 2019 API. */
  readonly status2019?: 202
}

/** How Graph shows each operation. */
export const operationResources: Readonly<Record<OperationType, OperationResource>> = {
  answer: { type: 'commsOperation' },
  inviteParticipants: { type: 'inviteParticipantsOperation' },
  muteParticipant: { type: 'muteParticipantOperation', type2019: 'commsOperation' },
  unmuteParticipant: { type: 'unmuteParticipantOperation', type2019: 'commsOperation' },
  subscribeToTone: { type: 'subscribeToToneOperation' },
  playPrompt: { type: 'playPromptOperation' },
  recordResponse: { type: 'recordOperation' },
  cancelMediaProcessing: { type: 'cancelMediaProcessingOperation' },
  transfer: { type: 'commsOperation' },
  addLargeGalleryView: { type: 'addLargeGalleryViewOperation', status: 202 },
  sendDtmfTones: { type: 'sendDtmfTonesOperation' },
  updateRecordingStatus: { type: 'updateRecordingStatusOperation' },
  updateMetadata: { type: 'commsOperation', status: 202, status2019: 202 },
  muteAll: { type: 'commsOperation' },
  startHoldMusic: { type: 'startHoldMusicOperation', status: 202 },
  stopHoldMusic: { type: 'stopHoldMusicOperation', status: 202 },
  configureMixer: { type: 'commsOperation' },
}

export function renderIdentitySet<I extends object>(identity: Identity, render: (identity: Identity) => I) {
  return { [identity.kind]: render(identity) } as { [K in Identity['kind']]?: I }
}

export function renderIdentity({ id, displayName, tenantId, identityProvider }: Identity) {
  return { displayName, id, tenantId, identityProvider }
}

export function renderResultInfo({ code, subcode, message }: ResultInfo) {
  return { '@odata.type': '#microsoft.graph.resultInfo', code, subcode, message }
}

export const renderMediaPrompt = ({ mediaInfo, loop }: MediaPrompt) => ({
  '@odata.type': '#microsoft.graph.mediaPrompt',
  mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo', ...mediaInfo },
  loop,
})

/** The properties that only a recording has. Its audio can be read once it is completed. */
export function renderRecording({ status, recording }: Operation) {
  const { location, accessToken } = (status === 'completed' && recording) || {}
  return {
    recordingLocation: location,
    recordingAccessToken: accessToken,
  }
}

/** The prompts of a playPromptOperation; a recordOperation has none. */
export const renderPrompts = ({ type, prompts }: Operation) =>
  type === 'playPrompt' ? prompts?.map(renderMediaPrompt) : undefined

export const renderToneInfo = (tone: ToneInfo) => ({ '@odata.type': '#microsoft.graph.toneInfo', ...tone })

const renderMediaConfig = ({ type, ...config }: MediaConfig) => ({
  '@odata.type': `#microsoft.graph.${type}MediaConfig`,
  ...config,
})

export function renderChatInfo(info: ChatInfo) {
  return { '@odata.type': '#microsoft.graph.chatInfo', ...info }
}

export function renderMeetingInfo<I>(info: MeetingInfo, renderOrganizer: (organizer: Identity) => I) {
  const { allowConversationWithoutHost } = info
  switch (info.type) {
    case 'organizer':
      return {
        '@odata.type': '#microsoft.graph.organizerMeetingInfo',
        organizer: renderOrganizer(info.organizer),
        allowConversationWithoutHost,
      }
    case 'token':
      return { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: info.token, allowConversationWithoutHost }
    case 'joinMeetingId':
      return {
        '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo',
        joinMeetingId: info.joinMeetingId,
        passcode: info.passcode,
        allowConversationWithoutHost,
      }
  }
}

/** How an incoming call was retargeted. */
export const renderCallRoutes = <I>({ callRoutes }: Call, renderEnd: (identity: Identity) => I) =>
  callRoutes?.map(({ routingType, original, final }) => ({
    '@odata.type': '#microsoft.graph.callRoute',
    routingType,
    original: renderEnd(original),
    final: renderEnd(final),
  }))

/** The stream of screen sharing. `after` is added to the number of the participant's audio. */
export const SCREEN_SHARING = {
  mediaType: 'videoBasedScreenSharing',
  label: 'applicationsharing-video',
  after: 20_000,
} as const

/** The stream of a participant who shares their screen (Graph: call-changescreensharingrole). */
export function renderSharedScreen({ isSharing, mediaStreams: [audio] }: Participant) {
  const { mediaType, label, after } = SCREEN_SHARING
  // Only the bot can be without audio, so the number that it gets then is not used twice.
  const sourceId = String(after + Number(audio?.sourceId ?? 0))
  return isSharing ? [{ mediaType, label, sourceId, direction: 'sendOnly' as const, serverMuted: false }] : []
}

/** The properties of a call that both dialects have; each renders the source and the targets in its own way. */
export function renderCallDetails<S, T>(
  call: Call,
  renderSource: (info: ParticipantInfo) => S,
  renderTarget: (info: ParticipantInfo) => T,
) {
  return {
    direction: call.direction,
    subject: call.subject,
    callbackUri: call.callbackUri,
    callChainId: call.callChainId,
    source: renderSource(call.source),
    targets: call.targets.map(renderTarget),
    requestedModalities: call.requestedModalities,
    activeModalities: call.activeModalities,
    mediaConfig: call.mediaConfig && renderMediaConfig(call.mediaConfig),
    chatInfo: call.chatInfo && renderChatInfo(call.chatInfo),
    tenantId: call.tenantId,
  }
}

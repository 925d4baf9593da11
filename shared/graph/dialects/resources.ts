import type { Call, Operation } from '../../calls/call.js'
import type { OperationType } from '../../calls/commands.js'
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
  /** The resource type of the 2019 API. */
  readonly type2019: string
  /** The status of the reply that starts the operation. */
  readonly status: 200 | 202
  /** The same in the 2019 API. */
  readonly status2019: 200 | 202
}

/** The operations that Graph does not show as `{name}Operation`, or whose actions do not reply 200. */
const EXCEPTIONS: Partial<Readonly<Record<OperationType, Partial<OperationResource>>>> = {
  answer: { type: 'commsOperation' },
  muteParticipant: { type2019: 'commsOperation' },
  unmuteParticipant: { type2019: 'commsOperation' },
  recordResponse: { type: 'recordOperation' },
  transfer: { type: 'commsOperation' },
  addLargeGalleryView: { status: 202 },
  updateMetadata: { type: 'commsOperation', status: 202, status2019: 202 },
  muteAll: { type: 'commsOperation' },
  startHoldMusic: { status: 202 },
  stopHoldMusic: { status: 202 },
  configureMixer: { type: 'commsOperation' },
}

/** How Graph shows an operation. */
export function operationResourceOf({ type: name }: Pick<Operation, 'type'>): OperationResource {
  const { type = `${name}Operation`, type2019 = type, status = 200, status2019 = 200 } = EXCEPTIONS[name] ?? {}
  return { type, type2019, status, status2019 }
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
  // Only the bot can have no audio, so the source id `after` itself is used at most once.
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

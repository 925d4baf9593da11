import type { Call, OperationType } from '../../calls/call.js'
import type {
  ChatInfo,
  Identity,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  ParticipantInfo,
  ResultInfo,
  ToneInfo,
} from '../../calls/resources.js'

// What both eras write alike. A property that is undefined is absent in JSON, as Graph has it.

/** What Graph calls each operation. */
export const operationTypes: Readonly<Record<OperationType, string>> = {
  answer: 'commsOperation',
  inviteParticipants: 'inviteParticipantsOperation',
  muteParticipant: 'muteParticipantOperation',
  unmuteParticipant: 'unmuteParticipantOperation',
  subscribeToTone: 'subscribeToToneOperation',
  playPrompt: 'playPromptOperation',
  cancelMediaProcessing: 'cancelMediaProcessingOperation',
}

export function identitySet<I extends object>(identity: Identity, write: (identity: Identity) => I) {
  return { [identity.kind]: write(identity) } as { [K in Identity['kind']]?: I }
}

export function resultInfo({ code, subcode, message }: ResultInfo) {
  return { '@odata.type': '#microsoft.graph.resultInfo', code, subcode, message }
}

export const mediaPrompt = ({ mediaInfo, loop }: MediaPrompt) => ({
  '@odata.type': '#microsoft.graph.mediaPrompt',
  mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo', ...mediaInfo },
  loop,
})

export const toneInfo = (tone: ToneInfo) => ({ '@odata.type': '#microsoft.graph.toneInfo', ...tone })

function mediaConfig(config: MediaConfig) {
  if (config.type === 'appHosted') {
    return { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: config.blob }
  }
  return {
    '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
    preFetchMedia: config.preFetchMedia,
  }
}

export function chatInfo(info: ChatInfo) {
  return { '@odata.type': '#microsoft.graph.chatInfo', ...info }
}

export function meetingInfo(info: MeetingInfo) {
  const { allowConversationWithoutHost } = info
  switch (info.type) {
    case 'organizer':
      return {
        '@odata.type': '#microsoft.graph.organizerMeetingInfo',
        organizer: identitySet(info.organizer, fullIdentity),
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

export function fullIdentity({ id, displayName, tenantId }: Identity) {
  return { displayName, id, tenantId }
}

/** The parts of a call that no era writes differently. */
export function callDetails<S, T>(
  call: Call,
  source: (info: ParticipantInfo) => S,
  target: (info: ParticipantInfo) => T,
) {
  return {
    direction: call.direction,
    subject: call.subject,
    callbackUri: call.callbackUri,
    callChainId: call.callChainId,
    source: source(call.source),
    targets: call.targets.map(target),
    requestedModalities: call.requestedModalities,
    activeModalities: call.activeModalities,
    mediaConfig: call.mediaConfig && mediaConfig(call.mediaConfig),
    chatInfo: call.chatInfo && chatInfo(call.chatInfo),
    meetingInfo: call.meetingInfo && meetingInfo(call.meetingInfo),
    tenantId: call.tenantId,
  }
}

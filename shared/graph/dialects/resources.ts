import type {
  Call,
  ChatInfo,
  Identity,
  MediaConfig,
  MeetingInfo,
  ParticipantInfo,
  ResultInfo,
} from '../../calls/call.js'

// What both eras write alike.

/** `{ [key]: value }`, or nothing where there is no value: Graph's optional properties are absent, not undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}

export function identitySet<I extends object>(identity: Identity, write: (identity: Identity) => I) {
  return { [identity.kind]: write(identity) } as { [K in Identity['kind']]?: I }
}

export function resultInfo({ code, subcode, message }: ResultInfo) {
  return { '@odata.type': '#microsoft.graph.resultInfo', code, subcode, message }
}

export function mediaConfig(config: MediaConfig) {
  if (config.type === 'appHosted') {
    return { '@odata.type': '#microsoft.graph.appHostedMediaConfig', ...optional('blob', config.blob) }
  }
  return {
    '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
    ...optional('preFetchMedia', config.preFetchMedia),
  }
}

export function chatInfo(info: ChatInfo) {
  return { '@odata.type': '#microsoft.graph.chatInfo', ...info }
}

export function meetingInfo(info: MeetingInfo) {
  const host = optional('allowConversationWithoutHost', info.allowConversationWithoutHost)
  switch (info.type) {
    case 'organizer':
      return {
        '@odata.type': '#microsoft.graph.organizerMeetingInfo',
        organizer: identitySet(info.organizer, fullIdentity),
        ...host,
      }
    case 'token':
      return { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: info.token, ...host }
    case 'joinMeetingId':
      return {
        '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo',
        joinMeetingId: info.joinMeetingId,
        ...optional('passcode', info.passcode),
        ...host,
      }
  }
}

export function fullIdentity({ id, displayName, tenantId }: Identity) {
  return { ...optional('displayName', displayName), id, ...optional('tenantId', tenantId) }
}

/** The parts of a call that no era writes differently. */
export function callDetails(call: Call, participantInfo: (info: ParticipantInfo) => object) {
  return {
    direction: call.direction,
    ...optional('subject', call.subject),
    callbackUri: call.callbackUri,
    callChainId: call.callChainId,
    source: participantInfo(call.source),
    targets: call.targets.map(participantInfo),
    requestedModalities: call.requestedModalities,
    activeModalities: call.activeModalities,
    ...(call.mediaConfig ? { mediaConfig: mediaConfig(call.mediaConfig) } : {}),
    ...(call.chatInfo ? { chatInfo: chatInfo(call.chatInfo) } : {}),
    ...(call.meetingInfo ? { meetingInfo: meetingInfo(call.meetingInfo) } : {}),
    tenantId: call.tenantId,
  }
}

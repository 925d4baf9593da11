// The messages of the current API for the same operations.

const id = '{call:guid}'

const notification = (changeType: string, tail: string, resourceData: object) => ({
  '@odata.type': '#microsoft.graph.commsNotifications',
  value: [
    {
      '@odata.type': '#microsoft.graph.commsNotification',
      changeType,
      resource: `/app/calls/${id}${tail}`,
      resourceUrl: `/communications/calls/${id}${tail}`,
      callbackUri: '{callback:text}',
      resourceData,
    },
  ],
})

const stateOf = (changeType: string, state: string, rest: object = {}) =>
  notification(changeType, '', {
    '@odata.type': '#microsoft.graph.call',
    '@odata.id': `/communications/calls/${id}`,
    id,
    state,
    direction: 'outgoing',
    callChainId: '{chain:guid}',
    tenantId: '{tenant:guid}',
    ...rest,
  })

const chatInfo = {
  '@odata.type': '#microsoft.graph.chatInfo',
  threadId: '19:thread@thread.v2',
  messageId: '1507228578052',
  replyChainMessageId: '1507228578052',
}
const identitySet = (kind: string, identity: object) => ({
  '@odata.type': '#microsoft.graph.identitySet',
  [kind]: { '@odata.type': '#microsoft.graph.identity', ...identity },
})

const meetingInfo = {
  '@odata.type': '#microsoft.graph.organizerMeetingInfo',
  organizer: identitySet('user', {
    id: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F',
    tenantId: '49BFC225-8482-4AB8-94E7-76B48FDB9849',
  }),
}
const meeting = { chatInfo, meetingInfo }

export const created = (version: string) => ({
  '@odata.context': `${version}/$metadata#communications/calls/$entity`,
  '@odata.type': '#microsoft.graph.call',
  '@odata.id': `/communications/calls/${id}`,
  id,
  state: 'establishing',
  direction: 'outgoing',
  callbackUri: '{callback:text}',
  callRoutes: [],
  callChainId: '{chain:guid}',
  source: {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: identitySet('application', { id: '{application:guid}' }),
    countryCode: null,
    endpointType: null,
    region: null,
    languageId: null,
  },
  targets: [],
  requestedModalities: [],
  activeModalities: [],
  ...meeting,
  routingPolicies: [],
  tenantId: '{tenant:guid}',
  myParticipantId: '{me:guid}',
  transcription: {
    '@odata.type': '#microsoft.graph.callTranscriptionInfo',
    state: 'inactive',
    lastModifiedDateTime: '{_:instant}',
  },
  subject: null,
  ringingTimeoutInSeconds: null,
  resultInfo: null,
  answeredBy: null,
  toneInfo: null,
  terminationReason: null,
  mediaState: null,
  meetingCapability: null,
})

const participant = (name: string, identity: object, mediaStreams: object[]) => ({
  '@odata.type': '#microsoft.graph.participant',
  '@odata.id': `/communications/calls/${id}/participants/{${name}:guid}`,
  id: `{${name}:guid}`,
  info: {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity,
    endpointType: 'default',
    region: 'westus',
    languageId: 'en-US',
  },
  isMuted: false,
  isInLobby: false,
  mediaStreams,
})

const receiving = (mediaType: string, label: string, sourceId: string) => ({
  '@odata.type': '#microsoft.graph.mediaStream',
  mediaType,
  label,
  sourceId,
  direction: 'receiveOnly',
  serverMuted: false,
})

const user = identitySet('user', {
  displayName: 'Heidi Steen',
  id: 'heidi',
  tenantId: '{tenant:guid}',
  identityProvider: 'AAD',
})
const me = participant('me', identitySet('application', { id: '{application:guid}', tenantId: '{tenant:guid}' }), [])
const heidi = participant('heidi', user, [
  {
    '@odata.type': '#microsoft.graph.mediaStream',
    mediaType: 'audio',
    label: 'main-audio',
    sourceId: '1',
    direction: 'sendReceive',
    serverMuted: false,
  },
  receiving('video', 'main-video', '10001'),
  receiving('videoBasedScreenSharing', 'applicationsharing-video', '20001'),
])

const operation = (status: string, rest: object = {}) => ({
  '@odata.type': '#microsoft.graph.inviteParticipantsOperation',
  '@odata.id': `/communications/calls/${id}/operations/{invitation:guid}`,
  id: '{invitation:guid}',
  status,
  clientContext: 'context of the client',
  participants: [{ '@odata.type': '#microsoft.graph.invitationParticipantInfo', identity: user }],
  ...rest,
})

const resultInfo = (code: number, subcode: number, message: string) => ({
  resultInfo: { '@odata.type': '#microsoft.graph.resultInfo', code, subcode, message },
})

export const invited = (version: string) =>
  operation('running', { '@odata.context': `${version}/$metadata#inviteParticipantsOperation`, resultInfo: null })

/** All notifications from joining a meeting and inviting a participant to hanging up. */
export const notifications = [
  stateOf('updated', 'establishing', meeting),
  stateOf('updated', 'established', meeting),
  notification('updated', '/participants', [me]),
  notification(
    'deleted',
    '/operations/{invitation:guid}',
    operation('completed', resultInfo(200, 0, 'The operation completed.')),
  ),
  notification('updated', '/participants', [me, heidi]),
  stateOf('updated', 'terminating'),
  stateOf('deleted', 'terminated', resultInfo(200, 7000, 'The bot ended the call.')),
]

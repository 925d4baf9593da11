// The messages of the flow on the 2019 page `participant: invite`, with its numbers, as this service sends them. Where
// the page contradicts itself, docs/dialects.md says what the service sends and why.

const call = (name: string) => ({
  '@odata.type': '#microsoft.graph.call',
  '@odata.id': `/app/calls/{${name}:hex}`,
  '@odata.etag': `W/"{_:number}"`,
})

const stateOf = (name: string, resourceData: object) => ({
  value: [
    { changeType: 'updated', resource: `/app/calls/{${name}:hex}`, resourceData: { ...call(name), ...resourceData } },
  ],
})

const audio = (sourceId: string) => ({
  mediaType: 'audio',
  label: 'main-audio',
  sourceId,
  direction: 'sendReceive',
  serverMuted: false,
})

const participant = (name: string, entry: string, info: object, mediaStreams: object[]) => ({
  '@odata.type': '#microsoft.graph.participant',
  '@odata.id': `/app/calls/{${name}:hex}/participants/{${entry}:hex}`,
  '@odata.etag': `W/"{_:number}"`,
  info,
  mediaStreams,
})

export const CALLER = { displayName: 'Test User', id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' }
const HEIDI = { displayName: 'Heidi Steen', id: '550fae72-d251-43ec-868c-373732c2704f' }
const HOME = { region: 'westus', languageId: 'en-US' }

const CONTEXT = 'd45324c1-fcb5-430a-902c-f20af696537c'
const heidi = {
  endpointType: 'default',
  identity: { user: { ...HEIDI, tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47' } },
  ...HOME,
}

/** The reply to an invitation is the operation, with a clientContext if the bot sent one. */
const invitationReply = (clientContext?: string) => ({
  id: '{invitation:hex}',
  status: 'running',
  createdDateTime: '{created:time}',
  lastActionDateTime: '{created:time}',
  ...(clientContext === undefined ? {} : { clientContext }),
})

const invitationCompleted = (name: string, participant: object, clientContext?: string) => ({
  value: [
    {
      changeType: 'deleted',
      resource: `/app/calls/{${name}:hex}/operations/{invitation:hex}`,
      resourceData: {
        '@odata.type': '#microsoft.graph.inviteParticipantsOperation',
        '@odata.id': `/app/calls/{${name}:hex}/operations/{invitation:hex}`,
        '@odata.etag': `W/"{_:number}"`,
        id: '{invitation:hex}',
        ...(clientContext === undefined ? {} : { clientContext }),
        status: 'completed',
        participants: [{ '@odata.type': '#microsoft.graph.invitationParticipantInfo', ...participant }],
        resultInfo: {
          '@odata.type': '#microsoft.graph.resultInfo',
          code: 200,
          subcode: 0,
          message: 'The operation completed.',
        },
      },
    },
  ],
})

/** Message 1, sent by the bot: an invitation with every property. */
export const replaceHeidiRequest = (replacesCallId: string) => ({
  participants: [{ ...heidi, replacesCallId }],
  clientContext: 'clientContext-value',
})

/** Message 2, of which the page shows the Location only. */
export const replaceHeidiReply = invitationReply('clientContext-value')

/** Message 3, sent by the bot. */
export const inviteRequest = { participants: [heidi], clientContext: CONTEXT }

/** Message 4 */
export const inviteReply = invitationReply(CONTEXT)

/** Message 5 */
export const inviteCompleted = invitationCompleted(
  'call',
  { identity: { user: HEIDI }, ...HOME, endpointType: 'default' },
  CONTEXT,
)

/** Message 6: the complete roster, with the invited participant. */
export const rosterWithHeidi = {
  value: [
    {
      changeType: 'updated',
      resource: '/app/calls/{call:hex}/participants',
      resourceData: [
        participant('call', 'caller', { identity: { user: CALLER }, ...HOME }, [audio('1')]),
        participant(
          'call',
          'bot',
          { identity: { application: { displayName: 'Test BOT', id: '{application:guid}' } }, ...HOME },
          [audio('2')],
        ),
        participant('call', 'heidi', { identity: { user: HEIDI }, ...HOME }, [audio('3')]),
      ],
    },
  ],
}

/** Message 7 */
export const incoming = {
  value: [
    {
      changeType: 'created',
      resource: '/app/calls/{call:hex}',
      resourceData: {
        ...call('call'),
        state: 'incoming',
        direction: 'incoming',
        source: {
          '@odata.type': '#microsoft.graph.participantInfo',
          identity: {
            user: { displayName: 'Test User', language: 'en-US', id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' },
          },
        },
        targets: [
          {
            '@odata.type': '#microsoft.graph.participantInfo',
            identity: { application: { displayName: 'Test BOT', language: 'en-US', id: '{application:guid}' } },
          },
        ],
        requestedModalities: ['audio', 'video'],
      },
    },
  ],
}

/** Message 8, sent by the bot, with the property names of the page. */
export const answerRequest = (callback: string) => ({
  callback,
  acceptModalities: ['audio', 'video'],
  mediaConfig: {
    '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
    preFetchMedia: [
      { url: 'https://cdn.contoso.com/beep.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088E' },
      { url: 'https://cdn.contoso.com/cool.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088F' },
    ],
  },
})

/** Message 9: without a clientContext, because the bot sent none. */
export const answerReply = {
  createdDateTime: '{answered:time}',
  id: '{answer:hex}',
  lastActionDateTime: '{answered:time}',
  status: 'running',
}

/** Messages 10 and 11 */
export const establishing = stateOf('call', { state: 'establishing' })
export const established = stateOf('call', {
  state: 'established',
  activeModalities: ['audio', 'video'],
  requestedModalities: [],
})

/** Message 12, sent by the bot. */
export const joinRequest = (callback: string, applicationId: string) => ({
  subject: 'Test Call',
  callback,
  source: {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: { application: { id: applicationId } },
  },
  targetDisposition: 'default',
  requestedModalities: [],
  chatInfo: {
    threadId: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F',
    messageId: '1507228578052',
    replyChainMessageId: '1507228578052',
  },
  meetingInfo: {
    '@odata.type': '#microsoft.graph.organizerMeetingInfo',
    organizer: {
      user: { id: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F', tenantId: '49BFC225-8482-4AB8-94E7-76B48FDB9849' },
    },
  },
})

/** Message 13, of which the page shows the Location only. */
export const joinReply = (callback: string) => {
  const { subject, chatInfo, meetingInfo } = joinRequest(callback, '')
  return {
    ...call('meeting'),
    id: '{meeting:hex}',
    state: 'establishing',
    direction: 'outgoing',
    subject,
    callbackUri: callback,
    callChainId: '{chain:guid}',
    source: {
      '@odata.type': '#microsoft.graph.participantInfo',
      identity: { application: { displayName: 'Test BOT', id: '{application:guid}' } },
    },
    targets: [],
    requestedModalities: [],
    activeModalities: [],
    chatInfo: { '@odata.type': '#microsoft.graph.chatInfo', ...chatInfo },
    meetingInfo,
    tenantId: '{tenant:guid}',
    myParticipantId: '{me:hex}',
  }
}

/** Messages 14 and 15, and the roster on joining a meeting, which only the current pages show. */
export const joining = stateOf('meeting', { state: 'establishing', direction: 'outgoing' })
export const joined = stateOf('meeting', { state: 'established', activeModalities: [], requestedModalities: [] })
const bot = participant(
  'meeting',
  'me',
  { identity: { application: { displayName: 'Test BOT', id: '{application:guid}' } }, ...HOME },
  [],
)
const roster = (name: string, participants: object[]) => ({
  value: [{ changeType: 'updated', resource: `/app/calls/{${name}:hex}/participants`, resourceData: participants }],
})
export const rosterOfBot = roster('meeting', [bot])

/** Message 16, sent by the bot. */
export const replaceRequest = (replacesCallId: string) => ({
  participants: [
    {
      '@odata.type': '#microsoft.graph.invitationParticipantInfo',
      identity: { user: { id: CALLER.id } },
      replacesCallId,
    },
  ],
})

/** Message 17: without a clientContext, because the bot sent none. */
export const replaceReply = invitationReply()

/** Message 18 */
export const replaceCompleted = invitationCompleted('meeting', {
  identity: { user: { id: CALLER.id } },
  replacesCallId: '{call:hex}',
})

/** Message 19: the roster of the meeting, because that roster changed. */
export const rosterWithCaller = roster('meeting', [
  bot,
  participant('meeting', 'replaced', { identity: { user: CALLER }, ...HOME }, [audio('2')]),
])

/** Message 20 */
export const replaced = stateOf('call', { state: 'terminated', terminationReason: 'AppInitiated' })

/** Message 21 */
export const deleted = {
  value: [{ changeType: 'deleted', resource: '/app/calls/{call:hex}', resourceData: call('call') }],
}

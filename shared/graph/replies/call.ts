import * as z from 'zod'
import { CALL_STATES, MODALITIES, ROUTING_TYPES, TONES } from '../../calls/resources.js'
import {
  appEntity,
  appId,
  appIdentitySet,
  appParticipantInfo,
  context,
  dateTime,
  id,
  identitySet,
  invitation,
  participantInfo,
  resultInfo,
  typed,
} from './types.js'

const state = z.enum(CALL_STATES)
const direction = z.enum(['incoming', 'outgoing'])
const modalities = z.array(z.enum(MODALITIES))
const toneInfo = typed('toneInfo', { sequenceId: z.int(), tone: z.enum(TONES) })

const chatInfo = typed('chatInfo', {
  threadId: z.string().optional(),
  messageId: z.string().optional(),
  replyChainMessageId: z.string().nullish(),
})
const allowConversationWithoutHost = z.boolean().optional()
const meetingInfoOf = <I extends z.ZodType>(organizer: I, schemaName: string) =>
  z.union([
    typed('organizerMeetingInfo', { organizer, allowConversationWithoutHost }, schemaName),
    tokenMeetingInfo,
    joinMeetingIdMeetingInfo,
  ])
const tokenMeetingInfo = typed('tokenMeetingInfo', { token: z.string(), allowConversationWithoutHost })
const joinMeetingIdMeetingInfo = typed('joinMeetingIdMeetingInfo', {
  joinMeetingId: z.string(),
  passcode: z.string().optional(),
  allowConversationWithoutHost,
})
const meetingInfo = meetingInfoOf(identitySet, 'organizerMeetingInfo')
const appMeetingInfo = meetingInfoOf(appIdentitySet, 'appOrganizerMeetingInfo')

const removeFromDefaultAudioGroup = z.boolean().optional()
const mediaConfig = z.union([
  typed('serviceHostedMediaConfig', {
    preFetchMedia: z.array(z.object({ uri: z.string(), resourceId: z.string().optional() })).optional(),
    removeFromDefaultAudioGroup,
  }),
  typed('appHostedMediaConfig', { blob: z.string().optional(), removeFromDefaultAudioGroup }),
])

const callOption = z.boolean().optional()
const callOptions = z
  .object({
    '@odata.type': z.enum(['#microsoft.graph.incomingCallOptions', '#microsoft.graph.outgoingCallOptions']),
    hideBotAfterEscalation: callOption,
    isContentSharingNotificationEnabled: callOption,
    isDeltaRosterEnabled: callOption,
    isInteractiveRosterEnabled: callOption,
  })
  .meta({ id: 'callOptions' })

const callRouteOf = <I extends z.ZodType>(identities: I, schemaName: string) =>
  typed('callRoute', { routingType: z.enum(ROUTING_TYPES), original: identities, final: identities }, schemaName)
const incomingContext = typed('incomingContext', {
  sourceParticipantId: z.string().optional(),
  observedParticipantId: z.string().optional(),
  onBehalfOf: identitySet.optional(),
  transferor: identitySet.optional(),
})
const mediaState = typed('callMediaState', { audio: z.literal('active') })

/** The properties of a call that both dialects have. */
const callShape = {
  state,
  direction,
  subject: z.string().nullish(),
  callbackUri: z.string(),
  callChainId: z.string(),
  requestedModalities: modalities,
  activeModalities: modalities,
  mediaConfig: mediaConfig.optional(),
  chatInfo: chatInfo.nullish(),
  tenantId: z.string(),
}

const currentCallShape = {
  ...callShape,
  '@odata.id': z.string(),
  id,
  source: participantInfo,
  targets: z.array(invitation),
  meetingInfo: meetingInfo.nullish(),
  myParticipantId: id,
  mediaState: mediaState.nullish(),
  callOptions: callOptions.optional(),
  transcription: typed('callTranscriptionInfo', {
    state: z.literal('inactive'),
    lastModifiedDateTime: dateTime,
  }).nullish(),
  callRoutes: z.array(callRouteOf(identitySet, 'callRoute')).optional(),
  incomingContext: incomingContext.optional(),
  applicationMetadata: z.record(z.string(), z.unknown()).optional(),
  resultInfo: resultInfo.nullish(),
  answeredBy: participantInfo.nullish(),
}

const call = typed('call', {
  ...context,
  ...currentCallShape,
  routingPolicies: z.array(z.string()),
  ringingTimeoutInSeconds: z.null(),
  toneInfo: z.null(),
  terminationReason: z.null(),
  meetingCapability: z.null(),
})
const appCallShape = {
  ...appEntity,
  ...callShape,
  id: appId,
  source: appParticipantInfo,
  targets: z.array(appParticipantInfo),
  meetingInfo: appMeetingInfo.optional(),
  myParticipantId: appId,
}
const appCall = typed('call', appCallShape, 'appCall')

/** Replies with a call. */
export const callSchemas = { app: appCall, communications: call }

/** A page of calls. A list has one shape, that of the current API. */
export const callListReply = z.object({ ...context, value: z.array(call), '@odata.nextLink': z.string().optional() })

/** What a notification says about a call: the properties that have changed. */
export const callChange = {
  app: typed(
    'call',
    {
      ...z.object(appCallShape).partial().shape,
      ...appEntity,
      callRoutes: z.array(callRouteOf(appIdentitySet, 'appCallRoute')).optional(),
      answeredBy: appParticipantInfo.optional(),
      terminationReason: z.enum(['AppInitiated', 'AppRedirected', 'AppTransferred', 'CallTerminated']).optional(),
      toneInfo: toneInfo.optional(),
    },
    'appCallChange',
  ),
  communications: typed(
    'call',
    {
      ...z.object(currentCallShape).partial().shape,
      '@odata.id': z.string(),
      id,
      state,
      direction,
      toneInfo: toneInfo.optional(),
      replacesContext: z.string().optional(),
    },
    'callChange',
  ),
}

// The resources of a call, named as Graph names them.

/** The API flavors, by the name that a bot's registration uses: the 2019 API and the current API. */
export const DIALECT_NAMES = ['app', 'communications'] as const
export type DialectName = (typeof DIALECT_NAMES)[number]

/** The properties that hold an identity (Graph: identitySet and communicationsIdentitySet). */
export const IDENTITY_KINDS = [
  'user',
  'application',
  'applicationInstance',
  'guest',
  'phone',
  'device',
  'azureCommunicationServicesUser',
  'assertedIdentity',
  'onPremises',
  'encrypted',
] as const
type IdentityKind = (typeof IDENTITY_KINDS)[number]

/** The one identity that is set in an identitySet of Graph. */
export interface Identity {
  readonly kind: IdentityKind
  readonly id: string
  readonly displayName?: string
  readonly tenantId?: string
  /** The directory of the identity: `AAD` for a user of Entra ID, `None` for a guest of the 2019 API. */
  readonly identityProvider?: string
}

/** Graph: endpointType. */
export const ENDPOINT_TYPES = ['default', 'voicemail', 'skypeForBusiness', 'skypeForBusinessVoipPhone'] as const

/** The identity and the location of a participant (Graph: participantInfo). */
export interface ParticipantInfo {
  readonly identity: Identity
  readonly region?: string
  readonly languageId?: string
  readonly endpointType?: (typeof ENDPOINT_TYPES)[number]
  /** The participant id in a request. The id in the roster is another one, which the service assigns. */
  readonly participantId?: string
}

/** A participant to invite (Graph: invitationParticipantInfo). */
export interface Invitation extends ParticipantInfo {
  /** The id of the call that the participant leaves for this one. */
  readonly replacesCallId?: string
}

/** Graph: modality. */
export const MODALITIES = ['audio', 'video', 'videoBasedScreenSharing', 'data'] as const
export type Modality = (typeof MODALITIES)[number]

/** The reasons with which a bot may reject an incoming call (Graph: call-reject). */
export const REJECT_REASONS = ['none', 'busy', 'forbidden'] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

interface MediaStream {
  readonly mediaType: Modality
  readonly label: string
  readonly sourceId: string
  readonly direction: 'sendReceive'
  readonly serverMuted: boolean
}

/** What a bot reports about its recording (Graph: recordingStatus). */
export const RECORDING_STATUSES = ['notRecording', 'recording', 'failed'] as const
export type RecordingStatus = (typeof RECORDING_STATUSES)[number]

/** Graph: screenSharingRole. */
export const SCREEN_SHARING_ROLES = ['viewer', 'sharer'] as const
export type ScreenSharingRole = (typeof SCREEN_SHARING_ROLES)[number]

/** An entry of the roster. `version` increases with each change of the entry. */
export interface Participant {
  readonly id: string
  readonly info: ParticipantInfo
  readonly isMuted: boolean
  /** True while the participant waits to be admitted to the meeting. */
  readonly isInLobby: boolean
  readonly mediaStreams: readonly MediaStream[]
  /** A text that the bot has set for itself. */
  readonly metadata?: string
  /** Set while the participant shares their screen: they are the presenter of the call's contentSharingSession. */
  readonly isSharing?: true
  /** Set once the participant has reported a recording. */
  readonly recordingStatus?: RecordingStatus
  /** The id of the call that they are in, if it is that of another application. This call only shows them. */
  readonly legCallId?: string
  readonly version: number
}

/** What has changed in the roster since its last notification (Graph: deltaParticipants). */
export interface RosterDelta {
  /** Counts 1, 2, 3 ... within the call. */
  readonly sequenceNumber: number
  /** The entries that are new or have changed. */
  readonly participants: readonly Participant[]
  readonly removed: readonly Participant[]
}

/** Graph: routingMode. */
export const ROUTING_MODES = ['oneToOne', 'multicast'] as const
export type RoutingMode = (typeof ROUTING_MODES)[number]

/** A private audio route (Graph: audioRoutingGroup). `version` increases with each change. */
export interface AudioRoutingGroup {
  readonly id: string
  readonly routingMode: RoutingMode
  /** Ids of participants in the roster, like `receivers`. */
  readonly sources: readonly string[]
  readonly receivers: readonly string[]
  readonly version: number
}

/** The content that a participant shares (Graph: contentSharingSession). `version` increases with each change. */
export interface ContentSharingSession {
  readonly id: string
  readonly presenterParticipantId: string
  readonly version: number
}

/** Graph: operationStatus. An operation is never `notStarted` here. */
export type OperationStatus = 'running' | 'completed' | 'failed'

/** The result of a call or an operation (Graph: resultInfo). */
export interface ResultInfo {
  readonly code: number
  readonly subcode: number
  readonly message: string
}

/** Why a recording ended by itself (Graph: recordCompletionReason, without the values for failures of real media). */
export type RecordCompletionReason =
  | 'stopToneDetected'
  | 'maxRecordDurationReached'
  | 'initialSilenceTimeout'
  | 'maxSilenceTimeout'

interface MediaInfo {
  readonly uri: string
  readonly resourceId?: string
}

/** A prompt to play. `loop` is how many times it plays: once by default, and forever if 0. */
export interface MediaPrompt {
  readonly mediaInfo: MediaInfo
  readonly loop?: number
  /** How long its media plays once; absent when that is not known. */
  readonly durationMs?: number
}

/** Whom a participant hears, by the ids of the roster (Graph: participantMixerLevel). Volumes have no effect here. */
export interface ParticipantMixerLevel {
  readonly participant: string
  readonly sourceLevels: readonly { readonly participant: string }[]
}

/** Who handles the media: the service, or the bot itself (Graph: mediaConfig). */
export type MediaConfig = { readonly removeFromDefaultAudioGroup?: boolean } & (
  | { readonly type: 'serviceHosted'; readonly preFetchMedia?: readonly MediaInfo[] }
  | { readonly type: 'appHosted'; readonly blob?: string }
)

/** Graph: routingType. */
export const ROUTING_TYPES = ['forwarded', 'lookup', 'selfFork'] as const

/** How a call was retargeted before it reached the bot (Graph: callRoute). */
export interface CallRoute {
  readonly routingType: (typeof ROUTING_TYPES)[number]
  readonly original: Identity
  readonly final: Identity
}

/** On whose behalf a call comes in, for example for a policy-based recording (Graph: incomingContext). */
export interface IncomingContext {
  readonly sourceParticipantId?: string
  readonly observedParticipantId?: string
  readonly onBehalfOf?: Identity
  readonly transferor?: Identity
}

/**
 * Options that a bot sets when it creates or answers a call (Graph: callOptions). They have no effect in the 2019 API.
 * An option without a comment is only returned.
 */
export interface CallOptions {
  /** Hides the bot from the roster of a peer-to-peer call that has become a group call. */
  readonly hideBotAfterEscalation?: boolean
  /** Notifies the bot of content sharing sessions. */
  readonly isContentSharingNotificationEnabled?: boolean
  /** Notifies the bot of what has changed in the roster instead of the whole roster. */
  readonly isDeltaRosterEnabled?: boolean
  readonly isInteractiveRosterEnabled?: boolean
}

/** The chat of a call or a meeting (Graph: chatInfo). */
export interface ChatInfo {
  readonly threadId?: string
  readonly messageId?: string
  readonly replyChainMessageId?: string
}

/** How the bot names the meeting that it joins (Graph: meetingInfo and its subtypes). */
export type MeetingInfo =
  | { readonly type: 'organizer'; readonly organizer: Identity; readonly allowConversationWithoutHost?: boolean }
  | { readonly type: 'token'; readonly token: string; readonly allowConversationWithoutHost?: boolean }
  | {
      readonly type: 'joinMeetingId'
      readonly joinMeetingId: string
      readonly passcode?: string
      readonly allowConversationWithoutHost?: boolean
    }

/** The states of a call that a bot is notified of. */
export const CALL_STATES = [
  'incoming',
  'redirecting',
  'establishing',
  'established',
  'transferring',
  'transferAccepted',
  'terminating',
  'terminated',
] as const

/** The keys of a phone (Graph: tone). */
export const TONES = [
  'tone0',
  'tone1',
  'tone2',
  'tone3',
  'tone4',
  'tone5',
  'tone6',
  'tone7',
  'tone8',
  'tone9',
  'star',
  'pound',
  'a',
  'b',
  'c',
  'd',
  'flash',
] as const
export type Tone = (typeof TONES)[number]

/** The tones of the keys as they are printed on a phone. */
export const TONES_BY_KEY: Readonly<Record<string, Tone>> = {
  '0': 'tone0',
  '1': 'tone1',
  '2': 'tone2',
  '3': 'tone3',
  '4': 'tone4',
  '5': 'tone5',
  '6': 'tone6',
  '7': 'tone7',
  '8': 'tone8',
  '9': 'tone9',
  '*': 'star',
  '#': 'pound',
}

/** Returns the tone of a key, such as `1` or `#`, or that of its name in any case; undefined for any other text. */
export const findTone = (text: string): Tone | undefined =>
  Object.hasOwn(TONES_BY_KEY, text) ? TONES_BY_KEY[text] : TONES.find((tone) => tone === text.toLowerCase())

/** A pressed key. `sequenceId` counts 1, 2, 3 ... within a call (Graph: toneInfo). */
export interface ToneInfo {
  readonly sequenceId: number
  readonly tone: Tone
}

/** When a recording ends by itself, and what a stop tone does. */
export interface RecordingSettings {
  /** How long it waits for the first word. */
  readonly initialSilenceMs: number
  /** How long it waits after the last word. */
  readonly maxSilenceMs: number
  readonly maxDurationMs: number
  /** The keys that end it. */
  readonly stopTones: readonly Tone[]
}

/** A piece of speech of a simulated person. */
export interface Speech {
  readonly durationMs: number
  /** The name of the blob with its audio; absent when only its duration is known. */
  readonly audio?: string
}

/** A piece of speech in a recording. `startMs` counts from the moment when the recording began to listen. */
export interface SpokenSegment extends Speech {
  readonly startMs: number
}

/** What the service knows of a recording besides its operation. */
export interface Recording {
  readonly settings: RecordingSettings
  /** The address of the audio once the recording is completed. */
  readonly location: string
  /** The secret with which the audio can be read. */
  readonly accessToken: string
  /** When it began to listen, in milliseconds since 1970; absent while it waits or plays its prompt. */
  readonly listeningSince?: number
  /** In order; they do not overlap. */
  readonly segments: readonly SpokenSegment[]
  /** The length of the completed recording. */
  readonly durationMs?: number
}

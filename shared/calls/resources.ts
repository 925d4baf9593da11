// What a call is made of, in the words of Graph's resources.

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

/** Somebody: the one identity that an identitySet of Graph has set. */
export interface Identity {
  readonly kind: IdentityKind
  readonly id: string
  readonly displayName?: string
  readonly tenantId?: string
}

/** Who takes part, and where they are: Graph's participantInfo. */
export interface ParticipantInfo {
  readonly identity: Identity
  readonly region?: string
  readonly languageId?: string
  readonly endpointType?: 'default' | 'voicemail' | 'skypeForBusiness' | 'skypeForBusinessVoipPhone'
}

/** Somebody who is invited: Graph's invitationParticipantInfo. */
export interface Invitation extends ParticipantInfo {
  /** The call that they are in, and are to leave for this one. */
  readonly replacesCallId?: string
}

export type Modality = 'audio' | 'video' | 'videoBasedScreenSharing' | 'data'

interface MediaStream {
  readonly mediaType: Modality
  readonly label: string
  readonly sourceId: string
  readonly direction: 'sendReceive'
  readonly serverMuted: boolean
}

/** An entry of the roster. `version` rises with every change of this entry. */
export interface Participant {
  readonly id: string
  readonly info: ParticipantInfo
  readonly isMuted: boolean
  readonly mediaStreams: readonly MediaStream[]
  readonly version: number
}

export type OperationStatus = 'running' | 'completed' | 'failed'

export interface ResultInfo {
  readonly code: number
  readonly subcode: number
  readonly message: string
}

interface MediaInfo {
  readonly uri: string
  readonly resourceId?: string
}

/** Something to play. `loop` is how often: once unless it says otherwise, 0 for ever. */
export interface MediaPrompt {
  readonly mediaInfo: MediaInfo
  readonly loop?: number
}

export type MediaConfig =
  | { readonly type: 'serviceHosted'; readonly preFetchMedia?: readonly MediaInfo[] }
  | { readonly type: 'appHosted'; readonly blob?: string }

export interface ChatInfo {
  readonly threadId?: string
  readonly messageId?: string
  readonly replyChainMessageId?: string
}
export type MeetingInfo =
  | { readonly type: 'organizer'; readonly organizer: Identity; readonly allowConversationWithoutHost?: boolean }
  | { readonly type: 'token'; readonly token: string; readonly allowConversationWithoutHost?: boolean }
  | {
      readonly type: 'joinMeetingId'
      readonly joinMeetingId: string
      readonly passcode?: string
      readonly allowConversationWithoutHost?: boolean
    }

/** The keys of a phone. */
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

/** A key that was pressed, numbered 1, 2, 3 ... within a call. */
export interface ToneInfo {
  readonly sequenceId: number
  readonly tone: Tone
}

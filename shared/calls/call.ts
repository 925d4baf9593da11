/** The life of a call, in Graph's words. A `terminated` call is over: nothing moves it any more. */
export type CallState = 'incoming' | 'establishing' | 'established' | 'terminating' | 'terminated'

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

/** Whom an invitation moves: an entry of another call's roster. */
export interface Replaced {
  readonly callId: string
  readonly participantId: string
  /** What is known of them there. */
  readonly info: ParticipantInfo
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

/** Somebody who is being called and has not answered. Becomes the participant of the same id. */
export interface Ringing {
  readonly participantId: string
  readonly info: ParticipantInfo
  /** The invitation that rang them; absent when the call itself did. */
  readonly operationId?: string
  /** Where they come from, when they are moved here: they don't ring, and nobody can answer for them. */
  readonly replaces?: Replaced
}

export interface ResultInfo {
  readonly code: number
  readonly subcode: number
  readonly message: string
}

export type OperationType =
  | 'answer'
  | 'inviteParticipants'
  | 'muteParticipant'
  | 'unmuteParticipant'
  | 'subscribeToTone'
  | 'playPrompt'
  | 'cancelMediaProcessing'

/** What an action has started. Those that run longer than the reply takes are announced when they end, but for `answer`. */
export interface Operation {
  readonly id: string
  readonly type: OperationType
  readonly status: 'running' | 'completed' | 'failed'
  readonly clientContext?: string
  readonly participants: readonly Invitation[]
  readonly prompts?: readonly MediaPrompt[]
  readonly resultInfo?: ResultInfo
  /** How many of `participants` have joined so far. */
  readonly joined: number
  /** Set once the one who was to be moved here has come. */
  readonly moved?: true
  /** Milliseconds since 1970, as all times in the core. */
  readonly createdAt: number
  readonly lastActionAt: number
  readonly version: number
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
type Tone = (typeof TONES)[number]

/** A key that was pressed, numbered 1, 2, 3 ... within a call. */
export interface ToneInfo {
  readonly sequenceId: number
  readonly tone: Tone
}

/** What happens to the call by itself at `at`. It stands in the call, so that a restart forgets nothing. */
export interface Timer {
  readonly id: string
  readonly at: number
  readonly command: TimedCommand | MoveStep
  /** Whom it is about: it is dropped once they no longer ring, or have left. */
  readonly participantId?: string
}

/** The whole of a call: what the rules read and what they return. Never changed in place. */
export interface Call {
  readonly id: string
  readonly applicationId: string
  readonly tenantId: string
  readonly direction: 'incoming' | 'outgoing'
  readonly state: CallState
  /** True once more than two can be in it: a meeting, several targets, or a call that has grown. */
  readonly group: boolean
  readonly version: number
  readonly callbackUri: string
  readonly callChainId: string
  readonly myParticipantId: string
  readonly subject?: string
  readonly source: ParticipantInfo
  readonly targets: readonly ParticipantInfo[]
  readonly requestedModalities: readonly Modality[]
  readonly activeModalities: readonly Modality[]
  readonly mediaState?: { readonly audio: 'active' }
  readonly mediaConfig?: MediaConfig
  readonly chatInfo?: ChatInfo
  readonly meetingInfo?: MeetingInfo
  readonly ringForMs: number
  readonly participants: readonly Participant[]
  readonly ringing: readonly Ringing[]
  /** Only those that are still running; the others have nothing more to do with the call. */
  readonly operations: readonly Operation[]
  readonly timers: readonly Timer[]
  readonly lastSourceId: number
  /** The number of the last tone that was announced; absent until the bot subscribes to tones. */
  readonly lastToneId?: number
  readonly createdAt: number
  readonly ending?: Ending
}

/** Why a call ended. `endings.ts` gives each its documented codes. */
export type Ending =
  | 'hungUp'
  | 'otherSideEnded'
  | 'everybodyLeft'
  | 'missed'
  | 'unanswered'
  | 'declined'
  | 'busy'
  | 'forbidden'
  | 'nobodyJoined'
  | 'replaced'
  | 'notMoved'
  | 'notKeptAlive'

/** What a command needs to make an incoming call out of nothing. */
export interface IncomingCommand {
  readonly type: 'incoming'
  readonly id: string
  readonly applicationId: string
  readonly applicationName: string
  readonly tenantId: string
  readonly callbackUri: string
  readonly from: ParticipantInfo
  readonly requestedModalities: readonly Modality[]
  readonly subject?: string
}

/** One target: peer-to-peer. Several: a group call. `meetingInfo`: the bot joins that meeting and calls nobody. */
export interface CreateCommand {
  readonly type: 'create'
  readonly id: string
  readonly applicationId: string
  readonly tenantId: string
  readonly callbackUri: string
  readonly source: ParticipantInfo
  readonly targets: readonly ParticipantInfo[]
  readonly requestedModalities: readonly Modality[]
  readonly mediaConfig?: MediaConfig
  readonly chatInfo?: ChatInfo
  readonly meetingInfo?: MeetingInfo
  readonly subject?: string
  readonly ringForMs?: number
}

export interface AnswerCommand {
  readonly type: 'answer'
  readonly callbackUri?: string
  readonly acceptedModalities: readonly Modality[]
  readonly mediaConfig: MediaConfig
  readonly clientContext?: string
}

export interface RejectCommand {
  readonly type: 'reject'
  readonly reason: 'none' | 'busy' | 'forbidden'
  readonly callbackUri?: string
}

export interface InviteCommand {
  readonly type: 'invite'
  readonly participants: readonly Invitation[]
  /** Who the first of them is, when their invitation has `replacesCallId`. */
  readonly replaces?: Replaced
  readonly clientContext?: string
}

/** The bot mutes or unmutes itself. */
export interface MuteCommand {
  readonly type: 'mute' | 'unmute'
  readonly clientContext?: string
}

export interface PlayPromptCommand {
  readonly type: 'playPrompt'
  readonly prompts: readonly MediaPrompt[]
  readonly clientContext?: string
}

export interface CancelMediaProcessingCommand {
  readonly type: 'cancelMediaProcessing'
  readonly clientContext?: string
}

export interface SubscribeToToneCommand {
  readonly type: 'subscribeToTone'
  readonly clientContext?: string
}

/** The new call takes in somebody who is moved, or learns that they can't be. */
interface MovedCommand {
  readonly type: 'personMoves' | 'personStays'
  readonly participantId: string
}

/** The old call keeps somebody for one invitation into another call, so that no other one can move them as well. */
export interface ReserveCommand {
  readonly type: 'reservePerson'
  readonly participantId: string
  readonly newCallId: string
  readonly operationId: string
  /** When the move began. */
  readonly since: number
}

/** The old call learns what has become of that invitation. */
export interface ReleaseCommand extends Omit<ReserveCommand, 'type'> {
  readonly type: 'releasePerson'
  readonly outcome: Operation['status']
}

/**
 * A timer that needs to know of another call, which no rule can: `movePerson` of the new call brings in whoever is moved,
 * `awaitMove` of the old one looks at what has become of it. movePerson.ts makes commands of them.
 */
export type MoveStep =
  | { readonly type: 'movePerson'; readonly participantId: string }
  | (Omit<ReserveCommand, 'type'> & { readonly type: 'awaitMove' })

/** Somebody at the other end does something; `personId` is the id of their identity. */
export interface PersonCommand {
  readonly type: 'personAnswers' | 'personDeclines' | 'personIsBusy' | 'personLeaves' | 'personMutes' | 'personUnmutes'
  readonly personId: string
}

export interface PressCommand {
  readonly type: 'personPresses'
  readonly personId: string
  readonly tone: Tone
}

export interface PersonJoinsCommand {
  readonly type: 'personJoins'
  readonly info: ParticipantInfo
}

type TimedCommand =
  | PersonCommand
  | { readonly type: 'connect' | 'missAnswerDeadline' | 'missKeepAlive' | 'promptEnds' | 'disconnect' }
  | { readonly type: 'ringOut'; readonly participantId: string }

export type Command =
  | IncomingCommand
  | CreateCommand
  | AnswerCommand
  | RejectCommand
  | InviteCommand
  | MuteCommand
  | PlayPromptCommand
  | CancelMediaProcessingCommand
  | SubscribeToToneCommand
  | PressCommand
  | PersonJoinsCommand
  | MovedCommand
  | ReserveCommand
  | ReleaseCommand
  | TimedCommand
  | { readonly type: 'keepAlive' | 'hangUp' }
export type CommandType = Command['type']

/** What the bot has to be told, in no dialect: each carries the call as it was at that moment. */
export type Announcement =
  | { readonly type: CallState | 'rosterUpdated' | 'mediaStateChanged'; readonly call: Call }
  | { readonly type: 'operationEnded'; readonly call: Call; readonly operation: Operation }
  | { readonly type: 'tonePressed'; readonly call: Call; readonly tone: ToneInfo }

/** What a rule returns: the new call, the operations that it started or ended, and what must be announced, in order. */
export interface Decision {
  readonly call: Call
  readonly operations: readonly Operation[]
  readonly announcements: readonly Announcement[]
}

/** All that a rule may know of the world. */
export interface RuleContext {
  readonly now: number
  readonly newId: () => string
  /** How long a bot may leave an incoming call unanswered. */
  readonly answerWithinMs: number
  /** How long somebody who is called or invited rings, unless the call says otherwise. */
  readonly ringForMs: number
  /** How long a prompt plays: nobody listens to it, so its length does not matter. */
  readonly promptPlaysForMs: number
  /** How long an established call lives on without a sign of life from its bot. */
  readonly keepAliveWithinMs: number
  /** Whether an invitation turns a peer-to-peer call into a group call: the eras of the API differ. */
  readonly growsPeerToPeer: boolean
  /** Fills in what the roster says of somebody of whom nobody has said it. */
  readonly describe: (info: ParticipantInfo) => ParticipantInfo
}

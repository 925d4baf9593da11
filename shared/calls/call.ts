import type { MoveStep, Replaced, TimedCommand } from './commands.js'
import type {
  ChatInfo,
  Invitation,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  Modality,
  OperationStatus,
  Participant,
  ParticipantInfo,
  ResultInfo,
  ToneInfo,
} from './resources.js'

/** The life of a call, in Graph's words. A `terminated` call is over: nothing moves it any more. */
export type CallState = 'incoming' | 'establishing' | 'established' | 'terminating' | 'terminated'

/** Somebody who is being called and has not answered. Becomes the participant of the same id. */
export interface Ringing {
  readonly participantId: string
  readonly info: ParticipantInfo
  /** The invitation that rang them; absent when the call itself did. */
  readonly operationId?: string
  /** Where they come from, when they are moved here: they don't ring, and nobody can answer for them. */
  readonly replaces?: Replaced
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
  readonly status: OperationStatus
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

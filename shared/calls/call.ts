import type {
  LegRequest,
  LegStep,
  OperationType,
  ReplacedParticipant,
  ReplacementStep,
  Successor,
  TimedCommand,
} from './commands.js'
import type {
  AudioRoutingGroup,
  CALL_STATES,
  CallOptions,
  CallRoute,
  ChatInfo,
  ContentSharingSession,
  IncomingContext,
  Invitation,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  Modality,
  OperationStatus,
  Participant,
  ParticipantInfo,
  Recording,
  ResultInfo,
  RosterDelta,
  ToneInfo,
} from './resources.js'

/**
 * Graph's callState, without the states that are not simulated. A `terminated` call accepts no command. Notifications
 * report `transferAccepted` and `terminating`, but no stored call is in these states: both end in the same commit.
 */
export type CallState = (typeof CALL_STATES)[number]

/** A called or invited participant who has not joined yet. `participantId` is their id in the roster once they join. */
export interface RingingParticipant {
  readonly participantId: string
  readonly info: ParticipantInfo
  /** The id of the invitation; absent when the call was created with this target. */
  readonly operationId?: string
  /** Set when they come from another call: then they do not ring, and no person command can answer for them. */
  readonly replaces?: ReplacedParticipant
  /** Set for an application with a call of its own: the id of that call, its leg. */
  readonly legCallId?: string
  /** Set for the target of a transfer: the participant who is connected to them when they answer. */
  readonly transfereeId?: string
}

/**
 * The operation that an action has started (Graph: commsOperation). An operation that is still running when the action
 * returns ends with an `operationEnded` event, except for the type `answer`, which has none, and a transfer that is
 * accepted or fails, which has events of its own.
 */
export interface Operation {
  readonly id: string
  readonly type: OperationType
  readonly status: OperationStatus
  readonly clientContext?: string
  readonly participants: readonly Invitation[]
  readonly prompts?: readonly MediaPrompt[]
  /** Set for the type `recordResponse`. */
  readonly recording?: Recording
  readonly resultInfo?: ResultInfo
  /** Why a media operation ended; only some types say it (Graph: sendDtmfCompletionReason). */
  readonly completionReason?: string
  /** How many of `participants` have joined. */
  readonly joinedCount: number
  /** Set when the replaced participant has joined. */
  readonly hasReplacementJoined?: true
  /** In milliseconds since 1970, like every time in the core. */
  readonly createdAt: number
  readonly lastActionAt: number
  readonly version: number
}

/** A command or a step of a replacement that is due at `at`. It is stored in the call, so it survives a restart. */
export interface Timer {
  readonly id: string
  readonly at: number
  readonly command: TimedCommand | ReplacementStep | LegStep
  /** The participant that the timer is about: it is removed when they stop ringing or leave. */
  readonly participantId?: string
}

/**
 * The call of another application that talks to this one or is in the same meeting. Each application has a call of its
 * own; see legs/.
 */
export interface Leg {
  readonly callId: string
  /** The version of the other call that this one agrees with; 0 before the first. */
  readonly version: number
  /** When it was linked. */
  readonly since: number
  /** Set when it has ended, and its people are not yet in the call of their heir. */
  readonly hasEnded?: true
  /** Set when it is in the same group or meeting; else it is connected as long as this call shows its participants. */
  readonly isMember?: true
  /** Set when it is known to have linked this call. */
  readonly hasMet?: true
  /** Set for the call that has offered this one. */
  readonly isOfferer?: true
  /** What this call asks of the other one, until that has done it. */
  readonly requests: readonly LegRequest[]
  /** The number of the last request to the other call. */
  readonly lastSent: number
  /** The number of the last request of the other call. */
  readonly lastReceived: number
}

/** The complete state of a call: what the rules read and return. It is immutable. */
export interface Call {
  readonly id: string
  readonly applicationId: string
  readonly tenantId: string
  readonly direction: 'incoming' | 'outgoing'
  readonly state: CallState
  /** True for a meeting, a call with several targets, and a call that an invited participant has joined. */
  readonly isGroup: boolean
  readonly version: number
  readonly callbackUri: string
  /** True when an answer or a rejection named the callback. Until then, an incoming call has the registered one. */
  readonly isCallbackNamed?: boolean
  /** The id of the call that the chain began with, which is this call. It is also the id of the call record. */
  readonly callChainId: string
  readonly myParticipantId: string
  readonly subject?: string
  readonly source: ParticipantInfo
  readonly targets: readonly ParticipantInfo[]
  readonly requestedModalities: readonly Modality[]
  readonly activeModalities: readonly Modality[]
  readonly mediaState?: { readonly audio: 'active' }
  readonly mediaConfig?: MediaConfig
  readonly callOptions?: CallOptions
  readonly callRoutes?: readonly CallRoute[]
  readonly incomingContext?: IncomingContext
  /** Data about an incoming call from the caller's platform; the service does not interpret it. */
  readonly applicationMetadata?: object
  readonly chatInfo?: ChatInfo
  readonly meetingInfo?: MeetingInfo
  readonly ringTimeoutMs: number
  readonly participants: readonly Participant[]
  readonly ringing: readonly RingingParticipant[]
  /** Absent until the bot creates the first one. */
  readonly audioRoutingGroups?: readonly AudioRoutingGroup[]
  /** Present while a participant shares content. */
  readonly contentSharingSession?: ContentSharingSession | undefined
  /** The running operations only: an ended operation no longer affects the call. */
  readonly operations: readonly Operation[]
  readonly timers: readonly Timer[]
  /** The last number that was given to a media stream. */
  readonly lastSourceId: number
  /** The number of the last tone that the bot was notified of; absent until the bot subscribes to tones. */
  readonly lastToneId?: number
  /** The participant who is on hold: one at most (Graph: participant-startholdmusic). */
  readonly heldParticipantId?: string
  /** True when the bot is hidden from the roster (Graph: callOptions, hideBotAfterEscalation). */
  readonly isBotHidden?: true
  /** The number of the last change of the roster, if the bot is notified of changes only (Graph: deltaParticipants). */
  readonly lastRosterSequence?: number
  readonly createdAt: number
  readonly endReason?: EndReason
  /** The id of the caller in the roster. Set when another call has offered this one, or this one offers another. */
  readonly callerParticipantId?: string
  /** The calls of the other applications in this call. */
  readonly legs?: readonly Leg[]
  /** The last of them that have ended: a late message must not link them again. */
  readonly endedLegs?: readonly string[]
  /** The two who are connected with each other when the call has ended by a transfer or a redirect. */
  readonly connected?: readonly [Successor, Successor]
  /** The leg that keeps the people of this group call when it has ended. */
  readonly heirCallId?: string
  /** The ended legs whose people this call has kept. */
  readonly inheritedFrom?: readonly string[]
}

/** Why a call ended. endReasons.ts has the result of each. */
export type EndReason =
  | 'hungUp'
  | 'otherSideEnded'
  | 'allLeft'
  | 'missed'
  | 'unanswered'
  | 'declined'
  | 'busy'
  | 'forbidden'
  | 'noneJoined'
  | 'replaced'
  | 'redirected'
  | 'transferred'
  | 'notReplaced'
  | 'inviteCanceled'
  | 'notKeptAlive'

/** The progress of a transfer. After a failed consultative transfer, `replacesCallId` names the other call. */
export interface TransferEvent {
  readonly type: 'transferring' | 'transferAccepted' | 'transferFailed'
  readonly call: Call
  readonly operation: Operation
  readonly replacesCallId?: string
}

type CallStateEvent = Exclude<CallState, TransferEvent['type']>

/** What a command reports to the bot, independent of the dialect. `call` is the call at the time of the event. */
export type CallEvent =
  | { readonly type: CallStateEvent | 'mediaStateChanged'; readonly call: Call }
  | { readonly type: 'rosterUpdated'; readonly call: Call; readonly delta?: RosterDelta }
  | { readonly type: 'operationEnded'; readonly call: Call; readonly operation: Operation }
  | TransferEvent
  | { readonly type: 'tonePressed'; readonly call: Call; readonly tone: ToneInfo }
  | {
      readonly type: 'contentSharingChanged'
      readonly call: Call
      readonly changeType: 'created' | 'updated' | 'deleted'
      readonly session: ContentSharingSession
    }

type EventMap = { [E in CallEvent as E['type']]: E }
/** The event of a type, with the type itself narrowed. */
export type EventOfType<T extends keyof EventMap> = { [K in T]: EventMap[K] & { readonly type: K } }[T]

/**
 * What a rule returns: the new call, the operations that it started or ended, and the events in their order. The
 * operation that the command itself started is the first one: the reply and the receipt of the request use it.
 */
export interface Decision {
  readonly call: Call
  readonly operations: readonly Operation[]
  readonly events: readonly CallEvent[]
  /** The id of a created resource that is not an operation. It is stored, for the reply to a retried request. */
  readonly createdId?: string
  /** What the reply shows, if that is not the result: after an answer or a join, the call before its media connected. */
  readonly reply?: Pick<Decision, 'call' | 'operations'>
}

/** Everything besides the call and the command that a rule may use. */
export interface RuleContext {
  readonly now: number
  readonly newId: () => string
  /** How long a bot may leave an incoming call unanswered. */
  readonly answerTimeoutMs: number
  /** How long a called or invited participant rings, unless the call has its own ring timeout. */
  readonly ringTimeoutMs: number
  /** How long the prompts of unknown length in a request play, all together. */
  readonly promptDurationMs: number
  /** How long an established call continues without a keep-alive request from its bot. */
  readonly keepAliveTimeoutMs: number
  /** Fills in the details that the roster shows and that the request did not contain. */
  readonly addDirectoryDetails: (info: ParticipantInfo) => ParticipantInfo
}

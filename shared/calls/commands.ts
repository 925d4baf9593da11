import type {
  AudioRoutingGroup,
  CallOptions,
  CallRoute,
  ChatInfo,
  Identity,
  IncomingContext,
  Invitation,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  Modality,
  OperationStatus,
  Participant,
  ParticipantInfo,
  ParticipantMixerLevel,
  RecordingSettings,
  RecordingStatus,
  RejectReason,
  ScreenSharingRole,
  Speech,
  Tone,
} from './resources.js'

// The commands on a call: from its bot, from simulated people, from other calls, and from timers.

/** The participant of another call (the old call) whom an invitation moves into this one. */
export interface ReplacedParticipant {
  /** The id of the old call. */
  readonly callId: string
  readonly participantId: string
  /** The participant's info in the old call. */
  readonly info: ParticipantInfo
}

/**
 * Creates an incoming call: a person calls a bot, or its resource account. With `chatInfo` or `meetingInfo`, the person
 * invites the bot to a group call or a meeting.
 */
export interface IncomingCommand {
  readonly type: 'incoming'
  readonly id: string
  readonly applicationId: string
  readonly tenantId: string
  readonly callbackUri: string
  readonly from: ParticipantInfo
  /** The bot's application or resource account. */
  readonly to: Identity
  readonly requestedModalities: readonly Modality[]
  readonly subject?: string
  readonly chatInfo?: ChatInfo
  readonly meetingInfo?: MeetingInfo
  readonly callRoutes?: readonly CallRoute[]
  readonly incomingContext?: IncomingContext
  readonly applicationMetadata?: object
  /** The call that has offered this one, if its caller is in the call of an application. */
  readonly offer?: LegOffer
  /** The calls of other applications that are in the same meeting. */
  readonly peers?: readonly string[]
}

/** How a call of an application offers one to another application. */
export interface LegOffer {
  readonly callId: string
  /** The ids that the two have in the rosters of both calls. */
  readonly callerParticipantId: string
  readonly myParticipantId: string
  readonly isGroup: boolean
}

/** The ids of the calls that applications get, by application id in lower case. */
export type LegCallIds = Readonly<Record<string, string>>

/**
 * Creates an outgoing call. One target makes a peer-to-peer call, several make a group call. With `meetingInfo` the bot
 * joins that meeting and calls no one.
 */
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
  readonly callOptions?: CallOptions
  readonly chatInfo?: ChatInfo
  readonly meetingInfo?: MeetingInfo
  readonly subject?: string
  readonly ringTimeoutMs?: number
  readonly legCallIds?: LegCallIds
  /** The calls of other applications that are in the same meeting. */
  readonly peers?: readonly string[]
}

export interface AnswerCommand {
  readonly type: 'answer'
  readonly callbackUri?: string
  readonly acceptedModalities: readonly Modality[]
  readonly mediaConfig: MediaConfig
  readonly callOptions?: CallOptions
  readonly clientContext?: string
}

export interface RejectCommand {
  readonly type: 'reject'
  readonly reason: RejectReason
  readonly callbackUri?: string
}

export interface RedirectCommand {
  readonly type: 'redirect'
  readonly targets: readonly ParticipantInfo[]
  readonly legCallIds?: LegCallIds
  /** How long the targets ring. */
  readonly timeoutMs?: number
  readonly callbackUri?: string
}

export interface TransferCommand {
  readonly type: 'transfer'
  readonly target: Invitation
  /** Who is transferred; a peer-to-peer call has only one other participant. */
  readonly transferee?: ParticipantInfo
  /** The participant of another call who is the target of a consultative transfer. */
  readonly replaces?: ReplacedParticipant
  readonly legCallIds?: LegCallIds
  readonly clientContext?: string
}

export interface InviteCommand {
  readonly type: 'invite'
  readonly participants: readonly Invitation[]
  /** The participant whom the first invitation replaces; set when that invitation has `replacesCallId`. */
  readonly replaces?: ReplacedParticipant
  readonly legCallIds?: LegCallIds
  readonly clientContext?: string
}

/** What the action of a command starts; see Operation. */
export type OperationType =
  | 'answer'
  | 'inviteParticipants'
  | 'muteParticipant'
  | 'unmuteParticipant'
  | 'subscribeToTone'
  | 'playPrompt'
  | 'recordResponse'
  | 'cancelMediaProcessing'
  | 'transfer'
  | 'addLargeGalleryView'
  | 'sendDtmfTones'
  | 'updateRecordingStatus'
  | 'updateMetadata'
  | 'muteAll'
  | 'startHoldMusic'
  | 'stopHoldMusic'
  | 'configureMixer'

/** The actions of a bot without parameters of their own. */
export const PLAIN_ACTIONS = [
  'mute',
  'unmute',
  'cancelMediaProcessing',
  'subscribeToTone',
  'addLargeGalleryView',
] as const

/** An action of the bot without parameters of its own. */
export interface ActionCommand {
  readonly type: (typeof PLAIN_ACTIONS)[number]
  readonly clientContext?: string
}

/** An action of the bot on one participant. `participantId` is their id in the roster. */
export interface ParticipantCommand {
  readonly type: 'deleteParticipant' | 'muteParticipant' | 'startHoldMusic' | 'stopHoldMusic'
  readonly participantId: string
  readonly clientContext?: string
}

export interface MuteAllCommand {
  readonly type: 'muteAll'
  /** The ids of the participants to mute; by default all but the bot. */
  readonly participants?: readonly string[]
  readonly clientContext?: string
}

export interface ConfigureMixerCommand {
  readonly type: 'configureMixer'
  readonly participantMixerLevels: readonly ParticipantMixerLevel[]
  readonly clientContext?: string
}

export interface PlayPromptCommand {
  readonly type: 'playPrompt'
  readonly prompts: readonly MediaPrompt[]
  readonly clientContext?: string
}

export interface RecordResponseCommand {
  readonly type: 'recordResponse'
  /** Played before the recording listens; at most one. */
  readonly prompts: readonly MediaPrompt[]
  /** Cancels the media operations that run or wait. */
  readonly bargeInAllowed: boolean
  readonly settings: RecordingSettings
  /** The address below which recordings are read. */
  readonly recordingsUrl: string
  readonly clientContext?: string
}

export interface SendDtmfTonesCommand {
  readonly type: 'sendDtmfTones'
  readonly tones: readonly Tone[]
  readonly delayBetweenTonesMs?: number
  readonly clientContext?: string
}

export interface UpdateRecordingStatusCommand {
  readonly type: 'updateRecordingStatus'
  readonly status: RecordingStatus
  readonly clientContext?: string
}

export interface ChangeScreenSharingRoleCommand {
  readonly type: 'changeScreenSharingRole'
  readonly role: ScreenSharingRole
}

export interface UpdateMetadataCommand {
  readonly type: 'updateMetadata'
  readonly metadata: string
  readonly clientContext?: string
}

/** `id` is absent when the service gives one. The ids are GUIDs in lower case with dashes. */
export interface CreateAudioRoutingGroupCommand extends Omit<AudioRoutingGroup, 'id' | 'version'> {
  readonly type: 'createAudioRoutingGroup'
  readonly id?: string
}

/** Changes the properties that `changes` has. Its id can only repeat the id of the group. */
export interface UpdateAudioRoutingGroupCommand {
  readonly type: 'updateAudioRoutingGroup'
  readonly id: string
  readonly changes: Partial<Omit<AudioRoutingGroup, 'version'>>
}

export interface DeleteAudioRoutingGroupCommand {
  readonly type: 'deleteAudioRoutingGroup'
  readonly id: string
}

/** Tells the new call whether a replaced participant joins it. `participantId` is the id in the new call. */
export interface ReplacementEndedCommand {
  readonly type: 'replacementCompleted' | 'replacementFailed'
  readonly participantId: string
}

/** Reserves a participant of the old call for one invitation, so that no second invitation can replace them. */
export interface ReserveParticipantCommand {
  readonly type: 'reserveParticipant'
  readonly participantId: string
  readonly newCallId: string
  /** The invitation, an operation of the new call. */
  readonly operationId: string
  /** When the replacement started, in milliseconds since 1970. */
  readonly since: number
}

/** Tells the old call the status of the invitation for which it reserved a participant. */
export interface ReleaseParticipantCommand extends Omit<ReserveParticipantCommand, 'type'> {
  readonly type: 'releaseParticipant'
  readonly outcome: OperationStatus
}

/**
 * What the timer of a replacement does. It needs another call, which a rule cannot read, so it is not a command:
 * engine/replaceCall.ts reads that call and sends commands. `replaceParticipant` is a timer of the new call; it lets
 * the replaced participant join. `awaitReplacement` is a timer of the old call; it reads the outcome.
 */
export type ReplacementStep =
  | { readonly type: 'replaceParticipant'; readonly participantId: string }
  | (Omit<ReserveParticipantCommand, 'type'> & { readonly type: 'awaitReplacement' })

/** The end reasons of a call that its bot has rejected. */
export type Refusal = 'declined' | 'busy' | 'forbidden'

/** What a call asks of the call of another application. `number` counts 1, 2, 3 ... for each direction. */
export type LegRequest = { readonly number: number } & LegAction

/** What a call can ask for: something about a participant of the other one, or that it hears a tone. */
export type LegAction =
  | { readonly type: 'mute' | 'unshare' | 'remove'; readonly participantId: string }
  | { readonly type: 'tone'; readonly tone: Tone }

/** Who takes the place of an application whose call ends by a transfer or a redirect. */
export interface Successor {
  readonly participantId: string
  readonly info: ParticipantInfo
  /** Their own call, if they are an application that has one. */
  readonly legCallId?: string
}

/** What the call of another application, the reader, must know of a call; see legs/view.ts. */
export interface LegView {
  /** The version of the call. */
  readonly version: number
  /** `waiting` until the two are connected. */
  readonly state: 'waiting' | 'connected' | 'ended'
  readonly isGroup: boolean
  readonly myParticipantId: string
  /** Its application, and the people who are in its call; not those that it only shows. */
  readonly participants: readonly Participant[]
  /** Why it has ended, if the called application refused it. */
  readonly refusal?: Refusal
  /** The legs of a group call, which are legs of the reader too. */
  readonly legs: readonly string[]
  /** Who takes its place for the reader. */
  readonly successor?: Successor
  readonly heirCallId?: string
  readonly inheritedFrom: readonly string[]
  readonly requests: readonly LegRequest[]
  /** The number of the last request of the reader that was carried out. */
  readonly lastReceived: number
}

/** The calls of other applications were read. */
export interface LegsReadCommand {
  readonly type: 'legsRead'
  readonly views: readonly { readonly callId: string; readonly view: LegView }[]
}

/** A call of another application has met this one. */
export interface LegMetCommand {
  readonly type: 'legMet'
  readonly callId: string
  /** Whether the two are in the same group or meeting. */
  readonly isMember: boolean
}

/** The call that was offered to an application exists, or cannot exist. */
export interface LegOfferedCommand {
  readonly type: 'legOffered' | 'legUnreachable'
  readonly callId: string
}

/** A step between legs, executed by a timer: an application gets its call, or the other calls are read. */
export type LegStep = { readonly type: 'offerLeg'; readonly callId: string } | { readonly type: 'readLegs' }

/** A simulated person acts. `personId` is the id of their identity. */
export interface PersonCommand {
  readonly type:
    | 'personAnswers'
    | 'personDeclines'
    | 'personIsBusy'
    | 'personLeaves'
    | 'personMutes'
    | 'personUnmutes'
    | 'personIsAdmitted'
    | 'personIsRefused'
    | 'personShares'
    | 'personStopsSharing'
  readonly personId: string
  /** Which of several ringing participants with this id acts; by default the first. */
  readonly participantId?: string
}

export interface PersonPressesCommand {
  readonly type: 'personPresses'
  readonly personId: string
  readonly tone: Tone
}

export interface PersonSpeaksCommand extends Speech {
  readonly type: 'personSpeaks'
  readonly personId: string
}

export interface PersonJoinsCommand {
  readonly type: 'personJoins'
  readonly info: ParticipantInfo
  readonly isInLobby?: boolean
}

/** The time of an operation that completes by itself is over. */
export interface OperationFinishedCommand {
  readonly type: 'operationFinished'
  readonly operationId: string
}

/** A command that a timer may execute. */
export type TimedCommand =
  | PersonCommand
  | OperationFinishedCommand
  | {
      readonly type: 'answerTimedOut' | 'keepAliveTimedOut' | 'promptFinished' | 'recordingFinished'
    }
  | { readonly type: 'ringTimedOut'; readonly participantId: string }

/** A command that creates a call. */
export type CreationCommand = IncomingCommand | CreateCommand

/** A command on an existing call. */
export type Command =
  | AnswerCommand
  | RejectCommand
  | RedirectCommand
  | TransferCommand
  | InviteCommand
  | ActionCommand
  | ParticipantCommand
  | MuteAllCommand
  | ConfigureMixerCommand
  | PlayPromptCommand
  | RecordResponseCommand
  | SendDtmfTonesCommand
  | UpdateRecordingStatusCommand
  | ChangeScreenSharingRoleCommand
  | UpdateMetadataCommand
  | CreateAudioRoutingGroupCommand
  | UpdateAudioRoutingGroupCommand
  | DeleteAudioRoutingGroupCommand
  | PersonPressesCommand
  | PersonSpeaksCommand
  | PersonJoinsCommand
  | ReplacementEndedCommand
  | ReserveParticipantCommand
  | ReleaseParticipantCommand
  | LegsReadCommand
  | LegMetCommand
  | LegOfferedCommand
  | TimedCommand
  | { readonly type: 'keepAlive' | 'hangUp' }
export type CreationType = CreationCommand['type']
export type CommandType = Command['type']

type CommandMap = { [C in Command | CreationCommand as C['type']]: C }
/** The command of a type, with the type itself narrowed: what a rule of that type receives. */
export type CommandOfType<T extends keyof CommandMap> = { [K in T]: CommandMap[K] & { readonly type: K } }[T]

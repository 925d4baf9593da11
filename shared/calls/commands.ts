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
  /** The call of the application that calls, if it is one. */
  readonly legCallId?: string
}

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
  /** The id of the call that the called application gets, if the only target is one. */
  readonly legCallId?: string
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
  readonly clientContext?: string
}

export interface InviteCommand {
  readonly type: 'invite'
  readonly participants: readonly Invitation[]
  /** The participant whom the first invitation replaces; set when that invitation has `replacesCallId`. */
  readonly replaces?: ReplacedParticipant
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

/** What the leg of another application must know of a call; see leg.ts. */
export interface LegView {
  /** The version of the call. */
  readonly version: number
  readonly state: 'ringing' | 'connected' | 'ended'
  /** Why the called application refused the call, if it did. */
  readonly rejectReason?: RejectReason
  /** Who answered instead, when the called application has redirected the call. */
  readonly answeredBy?: ParticipantInfo
  readonly isMuted: boolean
  readonly recordingStatus?: RecordingStatus
}

/** The other leg of the call was read. */
export interface LegChangedCommand {
  readonly type: 'legChanged'
  readonly view: LegView
}

/** A step between two legs, executed by a timer: the other application gets its call, or its call is read. */
export type LegStep = { readonly type: 'offerLeg' } | { readonly type: 'checkLeg' }

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
  | LegChangedCommand
  | { readonly type: 'legOffered' | 'calleeUnreachable' }
  | TimedCommand
  | { readonly type: 'keepAlive' | 'hangUp' }
export type CreationType = CreationCommand['type']
export type CommandType = Command['type']

type CommandMap = { [C in Command | CreationCommand as C['type']]: C }
/** The command of a type, with the type itself narrowed: what a rule of that type receives. */
export type CommandOfType<T extends keyof CommandMap> = { [K in T]: CommandMap[K] & { readonly type: K } }[T]

import type {
  ChatInfo,
  Invitation,
  MediaConfig,
  MediaPrompt,
  MeetingInfo,
  Modality,
  OperationStatus,
  ParticipantInfo,
  Tone,
} from './resources.js'

// Everything that can be asked of a call, by its bot, by people, and by time.

/** Whom an invitation moves: an entry of another call's roster. */
export interface Replaced {
  readonly callId: string
  readonly participantId: string
  /** What is known of them there. */
  readonly info: ParticipantInfo
}

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
  readonly outcome: OperationStatus
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

export type TimedCommand =
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

import type { CallState, EndReason } from '../calls/call.js'
import type { DialectName, Identity, Modality } from '../calls/resources.js'
import type { FaultMark } from '../simulator/faults.js'
import type { Entry, ListedEntry } from './entries.js'

// What the endpoints below /inspector reply. Times are milliseconds since 1970.

/** `GET /inspector/calls`: a page of calls, newest first. */
export interface CallPage {
  readonly calls: readonly CallSummary[]
  /** True when more applications have calls than are listed. */
  readonly isPartial?: true
  /** The `before` of the next page; absent at the end. */
  readonly next?: string
}

/** A call in the list. */
export interface CallSummary {
  readonly id: string
  readonly applicationId: string
  /** The name of the registered bot, if there is one. */
  readonly botName?: string
  readonly dialect: DialectName
  readonly direction: 'incoming' | 'outgoing'
  readonly state: CallState
  readonly isGroup: boolean
  readonly createdAt: number
  readonly endedAt?: number
  readonly endReason?: EndReason
  /** The people in the call and those who ring, without the bot. */
  readonly people: readonly PersonOfCall[]
  readonly notifications: NotificationCounts
}

export interface NotificationCounts {
  readonly total: number
  readonly pending: number
  readonly deadLettered: number
}

/** A person in a call. */
export interface PersonOfCall {
  readonly identity: Identity
  /** Their id in the roster. */
  readonly participantId: string
  /** `calling`: the bot has not answered their call yet. `left`: their call has ended. */
  readonly state: 'calling' | 'ringing' | 'inLobby' | 'inCall' | 'left'
  readonly isMuted: boolean
  readonly isSharing: boolean
  readonly isOnHold: boolean
  readonly modalities: readonly Modality[]
}

/** `GET /inspector/calls/{callId}` */
export interface CallView extends CallSummary {
  readonly callbackUri: string
  readonly isBotMuted: boolean
  /** Running operations. */
  readonly operations: readonly { readonly id: string; readonly type: string; readonly createdAt: number }[]
  /** Pending timers, the next one first. */
  readonly timers: readonly { readonly command: string; readonly at: number }[]
  /** When the next attempt at a notification is due. */
  readonly nextAttemptAt?: number
  /** Why all that is left is dead-lettered, if it is. */
  readonly deadLettered?: string
  /** Other calls that this one replaces, or that replace it. */
  readonly related: readonly string[]
  /** The log of the call; after a restart, what the storage has of it. */
  readonly entries: readonly ListedEntry[]
}

/** `GET /inspector/calls/{callId}/export`: a call with all of its messages. */
export interface CallExport extends Omit<CallView, 'entries'> {
  readonly entries: readonly (Entry | ListedEntry)[]
  /** The notifications, in order. */
  readonly messages: readonly NotificationView[]
}

/** `GET /inspector/calls/{callId}/notifications/{sequence}` */
export interface NotificationView {
  readonly sequence: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `GET /inspector/events?after={number}` */
export interface EventPage {
  readonly entries: readonly ListedEntry[]
  /** The number of the last entry: the `after` of the next request. */
  readonly last: number
  /**
   * When the log was started: another value means that the process was restarted. Absent where there is no log, because
   * the service is not local.
   */
  readonly startedAt?: number
}

/** `GET /inspector/refusals`: the last refused requests that belong to no call, the newest first. */
export interface RefusalList {
  readonly refusals: readonly Refusal[]
}

export interface Refusal {
  /** The numbers of the entries of the request and of its reply. */
  readonly entries: readonly [request: number, reply: number]
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly code?: string
  /** What an injected fault did to the request, if one did. */
  readonly fault?: FaultMark
}

/** `GET /inspector/people/{userId}`: what the phone of a person shows. */
export interface PhoneView {
  /** The calls of the person that have not ended, newest first. */
  readonly calls: readonly PhoneCall[]
}

export interface PhoneCall {
  readonly callId: string
  readonly applicationId: string
  readonly botName: string
  readonly state: 'calling' | 'ringing' | 'inLobby' | 'inCall' | 'onHold'
  /** True when the person has muted, or is muted by the bot. */
  readonly isMuted: boolean
  readonly otherPeople: readonly Identity[]
  /** The prompts that play, in order. */
  readonly prompts: readonly PhonePrompt[]
  /** True while the bot records what the person says. */
  readonly isRecording: boolean
  /** True when the bot has subscribed to tones, or another one in the conversation has. */
  readonly receivesTones: boolean
  /** The calls of the other bots in the conversation. */
  readonly legCallIds: readonly string[]
}

/** A prompt that plays. `GET /inspector/media?callId=&operationId=&index=` has its media. */
export interface PhonePrompt {
  readonly operationId: string
  /** Its place among the prompts of the operation, from 0. */
  readonly index: number
  /** Without secrets: to show, not to fetch. */
  readonly uri: string
  /** How many times it plays; forever if 0. */
  readonly loop: number
}

/** `GET /inspector/bots` */
export interface BotList {
  readonly bots: readonly BotView[]
  /** Whether faults can be injected. */
  readonly hasFaults: boolean
}

export interface BotView {
  readonly applicationId: string
  readonly displayName: string
  readonly tenantId: string
  readonly callingWebhook: string
  readonly dialect: DialectName
}

/** `POST /inspector/bots/{applicationId}/doctor` and `POST /inspector/doctor` */
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[]
}

export interface DoctorCheck {
  readonly name: 'callback' | 'token'
  readonly result: 'ok' | 'warning' | 'failed'
  /** What was seen, in a sentence. */
  readonly finding: string
  /** What to change, in a sentence; absent when nothing is wrong. */
  readonly advice?: string
}

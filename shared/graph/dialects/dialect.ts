import type { Call, CallEvent, EventOfType, Operation } from '../../calls/call.js'
import type { AudioRoutingGroup, ContentSharingSession, Participant } from '../../calls/resources.js'

/** The reply to a request. `location` is a path below the version, such as `/app/calls/{id}`. */
export interface Reply {
  readonly status: number
  readonly location?: string
  /** The `@odata.context` of the body: what follows `$metadata#`, such as `communications/calls/$entity`. */
  readonly context?: string
  /** How long caches may keep the reply (Cache-Control: max-age); without it, the header is not sent. */
  readonly cacheSeconds?: number
  /** Other headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** A body that is not JSON. */
  readonly file?: { readonly type: string; readonly content: Uint8Array }
}

/** For each event, the bodies to POST, in order; none when the dialect has no notification for it. */
export type EventRenderers = { readonly [T in CallEvent['type']]: (event: EventOfType<T>) => readonly object[] }

/** Renders an event with the renderer of its type. */
export function renderEventWith<T extends CallEvent['type']>(
  renderers: EventRenderers,
  event: EventOfType<T>,
): readonly object[] {
  const render: (event: EventOfType<T>) => readonly object[] = renderers[event.type]
  return render(event)
}

/** How one flavor of the API renders calls, notifications and replies. The rules do not depend on it. */
export interface Dialect {
  /** The bodies to POST for an event, in order; none when the dialect has no notification for it. */
  renderEvent(event: CallEvent): readonly object[]
  replyToCreate(call: Call): Reply
  replyToAnswer(call: Call, operation: Operation): Reply
  replyToInvite(call: Call, operation: Operation): Reply
  /** The reply to every other action that starts an operation. */
  replyToAction(call: Call, operation: Operation): Reply
  replyToGetCall(call: Call): Reply
  replyToGetParticipant(call: Call, participant: Participant): Reply
  replyToGetOperation(call: Call, operation: Operation): Reply
  replyToListParticipants(call: Call, participants: readonly Participant[]): Reply
  replyToGetAudioRoutingGroup(call: Call, group: AudioRoutingGroup): Reply
  replyToListAudioRoutingGroups(call: Call, groups: readonly AudioRoutingGroup[]): Reply
  replyToGetContentSharingSession(call: Call, session: ContentSharingSession): Reply
  replyToListContentSharingSessions(call: Call, sessions: readonly ContentSharingSession[]): Reply
  /** The participants in the order in which this dialect lists them. */
  orderRoster(call: Call): readonly Participant[]
}

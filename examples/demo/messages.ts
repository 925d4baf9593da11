/** What the recorded messages mean: the call that they belong to, and what they do to it. */
import type { Delivered } from './check.js'
import type { Exchange, RecordedRequest } from './recorder.js'

interface Identity {
  readonly id: string
  readonly displayName?: string
}
interface IdentitySet {
  readonly user?: Identity
  readonly application?: Identity
}
interface Invitation {
  readonly identity: IdentitySet
  readonly replacesCallId?: string
}
interface Participant {
  readonly info: { readonly identity: IdentitySet }
}
interface Resource {
  readonly state?: string
  readonly status?: string
  /** The participants of an invitation. */
  readonly participants?: readonly Invitation[]
}
interface Notification {
  readonly changeType: string
  readonly resource: string
  readonly resourceData: Resource | readonly Participant[]
}

/** The names of people and calls, which most messages do not contain. */
export interface Names {
  person(userId: string): string
  call(callId: string): string
}

export interface Invitee {
  readonly name: string
  /** The id of the call that the invitation replaces. */
  readonly replacedCall?: string
}

/** A request that concerns a call. */
export interface Action {
  readonly kind: 'call' | 'join' | 'answer' | 'invite' | 'hang up'
  /** The person who calls. */
  readonly caller?: string
  readonly invitees: readonly Invitee[]
}

/** A call id in one spelling: the API accepts and returns several. */
const normalizeId = (id: string): string => (id.split('/').at(-1) ?? '').replaceAll('-', '').toUpperCase()

/** Returns the notification in a request. Returns undefined for any other request. */
export function readDelivery(request: RecordedRequest): Delivered | undefined {
  const sequence = request.requestHeaders['ringback-sequence']
  if (sequence === undefined) return undefined
  const notifications = readNotifications(request)
  const id = String(request.requestHeaders['ringback-notification-id'])
  const what = notifications.map(summarizeNotification).join(' and ')
  return { call: notifications[0]?.resource.split('/')[3] ?? '', sequence: Number(sequence), id, what }
}

export const readNotifications = ({ requestBody }: RecordedRequest): Notification[] =>
  (JSON.parse(requestBody) as { value: Notification[] }).value

function summarizeNotification({ changeType, resource, resourceData }: Notification): string {
  if (isRoster(resourceData)) return `participants ${changeType}: ${resourceData.length}`
  const kind = resource.includes('/operations/') ? 'operation' : 'call'
  const state = resourceData.state ?? resourceData.status
  return state === undefined ? `${kind} ${changeType}` : `${kind} ${changeType}: ${state}`
}

const isRoster = (data: Resource | readonly Participant[]): data is readonly Participant[] => Array.isArray(data)

/** Returns the names of the participants in a notification, in its order. */
export function readRoster(request: RecordedRequest): string[] {
  return readNotifications(request).flatMap(({ resourceData }) => {
    if (!isRoster(resourceData)) return []
    return resourceData.map(({ info: { identity } }) => (identity.user ?? identity.application)?.displayName ?? '?')
  })
}

/** Returns the people whose invitation has ended according to the notification. */
export function readInvited(request: RecordedRequest, names: Names): (Invitee & { hasAccepted: boolean })[] {
  return readNotifications(request).flatMap(({ resourceData }) => {
    if (isRoster(resourceData)) return []
    const hasAccepted = resourceData.status === 'completed'
    return (resourceData.participants ?? []).map((invitation) => ({ ...readInvitee(invitation, names), hasAccepted }))
  })
}

function readInvitee({ identity, replacesCallId }: Invitation, names: Names): Invitee {
  const name = names.person(identity.user?.id ?? '')
  return replacesCallId === undefined ? { name } : { name, replacedCall: normalizeId(replacesCallId) }
}

interface RequestBody {
  readonly from?: IdentitySet
  readonly participants?: readonly Invitation[]
}

const ACTIONS: readonly (readonly [RegExp, Action['kind']])[] = [
  [/^POST \/simulator\/calls$/, 'call'],
  [/^POST \S+\/calls$/, 'join'],
  [/^POST \S+\/answer$/, 'answer'],
  [/^POST \S+\/participants\/invite$/, 'invite'],
  [/^DELETE \S+\/calls\/[^/]+$/, 'hang up'],
]

/** Returns what a request does to a call. Returns undefined for a notification and for a request without a call. */
export function readAction(request: RecordedRequest, names: Names): Action | undefined {
  const { method, path, requestBody } = request
  const [, kind] = ACTIONS.find(([pattern]) => pattern.test(`${method} ${path}`)) ?? []
  if (kind === undefined || readDelivery(request)) return undefined
  const { from, participants = [] } = JSON.parse(requestBody || '{}') as RequestBody
  const invitees = participants.map((invitation) => readInvitee(invitation, names))
  return from?.user ? { kind, caller: names.person(from.user.id), invitees } : { kind, invitees }
}

/** Returns the id of the call of an exchange: from its notification, its path, or the reply to a new call. */
export function findCallId(exchange: Exchange): string | undefined {
  const id =
    readDelivery(exchange)?.call ?? /\/calls\/([\dA-Fa-f-]+)/.exec(exchange.path)?.[1] ?? readNewCallId(exchange)
  return id === undefined ? undefined : normalizeId(id)
}

function readNewCallId({ method, path, status, responseBody }: Exchange): string | undefined {
  if (method !== 'POST' || !path.endsWith('/calls') || status !== 201) return undefined
  return (JSON.parse(responseBody) as { id: string }).id
}

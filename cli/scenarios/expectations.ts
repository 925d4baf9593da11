import { describeAttempt } from '../../shared/inspection/diagram.js'
import { type Entry, isAcknowledged, isRefused, type ListedEntry } from '../../shared/inspection/entries.js'
import { includes } from '../../shared/inspection/includes.js'
import { count, describeRequest } from '../../shared/inspection/labels.js'
import type { CallView, PersonOfCall } from '../../shared/inspection/views.js'
import {
  type Expectation,
  type NotificationExpectation,
  type RequestExpectation,
  toNotification,
  toRequest,
} from './schema.js'

// Whether what is known of a call meets an expectation. Pure: the runner asks again until the deadline.

type AnyEntry = Entry | ListedEntry
type EntryOfType<T extends AnyEntry['type']> = Extract<AnyEntry, { readonly type: T }>

/** What is known at the time of a check. */
export interface Observation {
  /** The call that the expectation is about; undefined while the bot has none. */
  readonly call: Pick<CallView, 'state' | 'endReason' | 'people'> | undefined
  /** The entries of that call, in order. */
  readonly entries: readonly AnyEntry[]
  /** The entries of the bot since the scenario began, in order, also those that belong to no call. */
  readonly botEntries: readonly AnyEntry[]
  /** The number of the last entry when the previous step had passed. */
  readonly since: number
  /** The numbers of the requests and the sequence numbers of the notifications that have met an expectation. */
  readonly used: ReadonlySet<string>
  /** The bodies of requests, as far as they were read, by the number of the request. */
  readonly bodies: ReadonlyMap<number, unknown>
  /** The ids of the people in the rosters that the bot was notified of, by sequence number. */
  readonly rosters: ReadonlyMap<number, Roster>
}

/** The people of a roster, without the bot. */
export interface Roster {
  readonly inCall: readonly string[]
  readonly inLobby: readonly string[]
}

/** The result of a check. */
export type Outcome =
  | {
      readonly isMet: true
      /** What can meet no other expectation. */
      readonly uses?: string
      /** The call that the request has created or is about. */
      readonly callId?: string | undefined
    }
  | {
      readonly isMet: false
      /** What comes nearest, in a few words. */
      readonly closest?: string | undefined
      /** When that was, if it is an event. */
      readonly at?: number | undefined
      /** True when waiting cannot help. */
      readonly isFinal?: true
    }

/** The people of a scenario with the ids that they have in this run. */
export type Cast = Readonly<Record<string, { readonly id: string; readonly name: string }>>

export function checkExpectation(expectation: Expectation, observation: Observation, cast: Cast): Outcome {
  const { state, participants, lobby, request, notification, endReason } = expectation
  if (state !== undefined) return checkState(state, observation)
  if (participants) return checkPeople(participants, 'inCall', observation, cast)
  if (lobby) return checkPeople(lobby, 'inLobby', observation, cast)
  if (request !== undefined) return checkRequest(toRequest(request), observation)
  if (notification !== undefined) return checkNotification(toNotification(notification), observation)
  if (endReason !== undefined) return checkEndReason(endReason, observation)
  return checkRefusedRequests(observation)
}

/** A call may pass through a state faster than it is looked at. */
function checkState(state: string, { call, entries, since }: Observation): Outcome {
  const wasEntered = listType(entries, 'commit').some(
    ({ number, from, to }) => number > since && from !== to && to === state,
  )
  if (call?.state === state || wasEntered) return { isMet: true }
  return { isMet: false, closest: call && `the call is ${call.state}` }
}

function checkPeople(
  names: readonly string[],
  place: keyof Roster,
  { call, entries, since, rosters }: Observation,
  cast: Cast,
): Outcome {
  const expected = names.map((name) => cast[name]?.id ?? name)
  const wasNotified = listType(entries, 'attempt').some(({ number, sequence }) => {
    const roster = rosters.get(sequence)
    return number > since && roster !== undefined && hasSameIds(roster[place], expected)
  })
  const present = (call?.people ?? []).filter((person) => isIn(place, person)).map(({ identity }) => identity)
  if (
    call &&
    (wasNotified ||
      hasSameIds(
        present.map(({ id }) => id),
        expected,
      ))
  )
    return { isMet: true }
  const shown = present.map(({ id, displayName }) => nameOf(id, cast) ?? displayName ?? id).join(', ')
  const where = place === 'inCall' ? 'in the call' : 'in the lobby'
  return { isMet: false, closest: call && `${where}: ${shown === '' ? 'no person' : shown}` }
}

const isIn = (place: keyof Roster, { state }: PersonOfCall): boolean => state === place

const nameOf = (id: string, cast: Cast): string | undefined =>
  Object.entries(cast).find(([, person]) => isSameId(person.id, id))?.[0]

const isSameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const hasSameIds = (ids: readonly string[], expected: readonly string[]): boolean =>
  ids.length === expected.length && expected.every((id) => ids.some((other) => isSameId(other, id)))

function checkRequest({ action, body, status }: RequestExpectation, observation: Observation): Outcome {
  const isCreation = isCreationOf(action)
  const replies = new Map(listType(observation.botEntries, 'reply').map((reply) => [reply.request, reply]))
  const candidates = listRequests(isCreation ? observation.botEntries : observation.entries)
  for (const request of candidates) {
    const uses = `request ${request.number}`
    const reply = replies.get(request.number)
    const hasStatus = reply && (status === undefined ? !isRefused(reply) : reply.status === status)
    const hasBody = body === undefined || includes(observation.bodies.get(request.number), body)
    if (hasStatus && hasBody && !observation.used.has(uses) && isAction(request, action)) {
      return { isMet: true, uses, callId: reply.callId ?? request.callId }
    }
  }
  return { isMet: false, ...findClosestRequest(action, candidates, replies) }
}

/** Requests of bots: not those of people, of operators and of the page. */
export const listRequests = (entries: readonly AnyEntry[]): EntryOfType<'request'>[] =>
  listType(entries, 'request').filter(({ name }) => !/^(?:simulator|inspector|bot)-/.test(name))

/** A request that creates a call belongs to a call that the scenario has not named yet. */
const isCreationOf = (action: string): boolean => /^(?:POST )?calls$/i.test(action.trim())

/** Whether a request is the action that a scenario names, with or without its method. `*` stands for any segment. */
export function isAction({ method, path }: EntryOfType<'request'>, action: string): boolean {
  const described = describeRequest(method, path).toLowerCase()
  const named = action.trim().toLowerCase()
  const behind = described.slice(described.indexOf(' ') + 1)
  return [described, behind].some((text) => isSamePath(text, named))
}

function isSamePath(text: string, pattern: string): boolean {
  const [segments, wanted] = [text.split('/'), pattern.split('/')]
  return segments.length === wanted.length && wanted.every((part, index) => part === '*' || part === segments[index])
}

/** The last request with the same action, or else the last one. */
function findClosestRequest(
  action: string,
  requests: readonly EntryOfType<'request'>[],
  replies: ReadonlyMap<number, EntryOfType<'reply'>>,
): { readonly closest?: string; readonly at?: number } {
  const closest = requests.findLast((request) => isAction(request, action)) ?? requests.at(-1)
  if (!closest) return { closest: 'the bot has sent no request' }
  const reply = replies.get(closest.number)
  const result = reply ? `${reply.status}${reply.code === undefined ? '' : ` ${reply.code}`}` : 'no reply yet'
  return { closest: `${describeRequest(closest.method, closest.path)}, ${result}`, at: closest.at }
}

interface NotificationState {
  readonly sequence: number
  readonly summary: string
  readonly attempts: number
  readonly delivery: NonNullable<NotificationExpectation['delivery']>
  readonly last: EntryOfType<'attempt'>
}

function checkNotification(expected: NotificationExpectation, { entries, used }: Observation): Outcome {
  const { what = '', sequence, delivery = 'delivered', attempts } = expected
  const notifications = listNotifications(entries)
  const isMeant = (state: NotificationState) =>
    state.summary.startsWith(what) && (sequence === undefined || state.sequence === sequence)
  const met = notifications.find((state) => {
    const hasAttempts = attempts === undefined || state.attempts === attempts
    return isMeant(state) && state.delivery === delivery && hasAttempts && !used.has(idOf(state))
  })
  if (met) return { isMet: true, uses: idOf(met) }
  const closest = notifications.findLast(isMeant) ?? notifications.at(-1)
  return { isMet: false, closest: closest && describeNotification(closest), at: closest?.last.at }
}

const idOf = ({ sequence, last }: NotificationState): string => `notification ${sequence} of ${last.callId}`

const describeNotification = ({ sequence, summary, delivery, attempts, last }: NotificationState): string =>
  `#${sequence} ${summary}, ${delivery} after ${count(attempts, 'attempt')}: ${describeAttempt(last)}`

function listNotifications(entries: readonly AnyEntry[]): NotificationState[] {
  const attempts = listType(entries, 'attempt').filter(({ isResend }) => !isResend)
  const dead = listType(entries, 'deadLetter')
  return [...Map.groupBy(attempts, ({ sequence }) => sequence)].flatMap(([sequence, tried]): NotificationState[] => {
    const last = tried.at(-1)
    if (!last) return []
    const isDead = dead.some((entry) => entry.sequence === sequence || (entry.isRest && entry.sequence < sequence))
    const undelivered = isDead ? 'deadLettered' : 'pending'
    const delivery = tried.some(isAcknowledged) ? 'delivered' : undelivered
    return [{ sequence, summary: last.summary, attempts: tried.length, delivery, last }]
  })
}

function checkEndReason(endReason: string, { call }: Observation): Outcome {
  if (call?.endReason === endReason) return { isMet: true }
  if (call?.state !== 'terminated') return { isMet: false, closest: call && `the call is ${call.state}` }
  return { isMet: false, closest: `the call ended: ${call.endReason}`, isFinal: true }
}

function checkRefusedRequests({ botEntries }: Observation): Outcome {
  const requests = new Map(listRequests(botEntries).map((request) => [request.number, request]))
  for (const reply of listType(botEntries, 'reply')) {
    const request = requests.get(reply.request)
    if (!request || !isRefused(reply)) continue
    const closest = `${describeRequest(request.method, request.path)}, ${reply.status} ${reply.code ?? ''}`.trim()
    return { isMet: false, closest, at: request.at, isFinal: true }
  }
  return { isMet: true }
}

const listType = <T extends AnyEntry['type']>(entries: readonly AnyEntry[], type: T): EntryOfType<T>[] =>
  entries.filter((entry): entry is EntryOfType<T> => entry.type === type)

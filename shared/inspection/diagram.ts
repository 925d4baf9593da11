import { type CallbackEffect, describeFault, type FaultMark } from '../simulator/faults.js'
import { type Entry, isAcknowledged, isRefused, type ListedEntry } from './entries.js'
import { describeCommand, describeRequest, formatDuration, shortenId, splitPath, toLine } from './labels.js'
import type { CallView } from './views.js'

// The sequence diagram of a call: what its page, the text ladder and the Mermaid diagram draw.

/** A vertical line of the diagram: the bot, Ringback, or a person. */
export interface Lane {
  /** `bot:{applicationId}`, `ringback` or `person:{id}`. */
  readonly id: string
  readonly title: string
  readonly kind: 'bot' | 'ringback' | 'person'
}

/** A POST of a notification, as the diagram shows it. */
export interface RowAttempt {
  readonly at: number
  readonly durationMs: number
  readonly status?: number
  readonly error?: string
  readonly nextAttemptAt?: number
  readonly fault?: CallbackEffect
  /** Sent once more by the page or by a fault: it does not count. */
  readonly isResend?: true
}

/**
 * A row: an arrow from one lane to another, or a change of Ringback itself. An `action` is what a person does, by a
 * request or by themselves. A `change` is what Ringback does without a request; it has an arrow to people who ring, and
 * else `from` and `to` are both Ringback.
 */
export interface DiagramRow {
  /** Stays the same when the row gets its reply or another attempt: `request:{number}`, `notification:{sequence}` ... */
  readonly key: string
  readonly at: number
  readonly kind: 'request' | 'notification' | 'action' | 'change'
  readonly from: string
  readonly to: string
  /** What the arrow carries, such as `POST answer` or `#3 updated call established`. */
  readonly label: string
  /** The result in words, such as `202`, `503, retry in 4 s` or `dead-lettered`. */
  readonly result: string
  readonly outcome: 'ok' | 'waiting' | 'failed' | 'none'
  readonly durationMs?: number
  /** The entries whose messages can be read: a request and its reply. */
  readonly entries: readonly number[]
  /** Set for a notification. */
  readonly sequence?: number
  readonly attempts?: readonly RowAttempt[]
  readonly isFault?: true
}

export interface Diagram {
  readonly lanes: readonly Lane[]
  readonly rows: readonly DiagramRow[]
}

export type CallOfDiagram = Pick<CallView, 'id' | 'applicationId' | 'botName' | 'people'>

type AnyEntry = Entry | ListedEntry
type EntryOfType<T extends AnyEntry['type']> = Extract<AnyEntry, { readonly type: T }>

const RINGBACK = 'ringback'
/** Stands for a person whose id is in a message that the list does not have; the API has it in such paths too. */
const UNKNOWN_PERSON = '-'
/** The place in the order of what belongs to no known commit: behind all that does. */
const NO_COMMIT = Number.MAX_SAFE_INTEGER

/** Draws the log of a call, in whatever order its entries have arrived. */
export function toDiagram(entries: readonly AnyEntry[], call: CallOfDiagram): Diagram {
  const log = sortLog(entries)
  const placed = [...placeRequests(log, call), ...placeCommits(log, call), ...placeNotifications(log, call)]
  const rows = placed.toSorted(comparePlaces).map(({ row }) => row)
  return { lanes: listLanes(rows, call), rows }
}

/** A row with its place among the rows of the same time: by commit, and within a commit by rank and number. */
interface PlacedRow {
  readonly row: DiagramRow
  readonly commit: number
  /** What caused the commit, then who rings, then its notifications. */
  readonly rank: 0 | 1 | 2
  readonly number: number
}

const comparePlaces = (a: PlacedRow, b: PlacedRow): number =>
  a.row.at - b.row.at || a.commit - b.commit || a.rank - b.rank || a.number - b.number

// What is known of a call, each kind in its order.

interface Log {
  readonly requests: readonly EntryOfType<'request'>[]
  readonly replies: ReadonlyMap<number, EntryOfType<'reply'>>
  readonly commits: readonly Commit[]
  readonly notifications: readonly Notification[]
}

interface Commit {
  readonly entry: EntryOfType<'commit'>
  /** When it happened at the latest: its entry may be later than the first attempt at its notifications. */
  readonly at: number
  readonly cause?: EntryOfType<'request'> | undefined
}

interface Notification {
  readonly sequence: number
  readonly at: number
  readonly attempts: readonly EntryOfType<'attempt'>[]
  readonly isDeadLettered: boolean
}

const listType = <T extends AnyEntry['type']>(entries: readonly AnyEntry[], type: T): EntryOfType<T>[] =>
  entries.filter((entry): entry is EntryOfType<T> => entry.type === type)

function sortLog(entries: readonly AnyEntry[]): Log {
  const sorted = entries.toSorted((a, b) => a.number - b.number || a.at - b.at)
  const requests = listType(sorted, 'request')
  const replies = new Map(listType(sorted, 'reply').map((reply) => [reply.request, reply]))
  const notifications = listNotifications(sorted)
  const causes = findCauses(sortCommits(listType(sorted, 'commit')), requests, replies)
  return { requests, replies, commits: dateCommits(causes, notifications), notifications }
}

/**
 * A commit whose outcome was unknown at first is logged late. Its notifications tell its place: before the first commit
 * that has later ones.
 */
function sortCommits(commits: readonly EntryOfType<'commit'>[]): EntryOfType<'commit'>[] {
  const sorted: EntryOfType<'commit'>[] = []
  for (const commit of commits) {
    const [first = Number.POSITIVE_INFINITY] = commit.notifications ?? []
    const place = sorted.findIndex(({ notifications }) => notifications !== undefined && notifications[0] > first)
    sorted.splice(place === -1 ? sorted.length : place, 0, commit)
  }
  return sorted
}

function listNotifications(sorted: readonly AnyEntry[]): Notification[] {
  const commits = listType(sorted, 'commit')
  const deadLetters = listType(sorted, 'deadLetter')
  const attempts = Map.groupBy(listType(sorted, 'attempt'), ({ sequence }) => sequence)
  const dead = new Map(deadLetters.map(({ sequence, at }) => [sequence, at]))
  for (const rest of deadLetters.filter(({ isRest }) => isRest)) {
    for (const commit of commits) {
      for (const sequence of sequencesOf(commit).filter((later) => later > rest.sequence)) {
        dead.set(sequence, Math.max(rest.at, commit.at))
      }
    }
  }
  const sequences = [...new Set([...attempts.keys(), ...dead.keys()])].toSorted((a, b) => a - b)
  const notifications = sequences.map((sequence): Notification => {
    const tried = (attempts.get(sequence) ?? []).toSorted((a, b) => a.at - b.at || a.number - b.number)
    const at = tried[0]?.at ?? dead.get(sequence) ?? 0
    return { sequence, at, attempts: tried, isDeadLettered: isDeadLettered(sequence, lastOf(tried), deadLetters) }
  })
  // A fault that changes the order of two notifications has to be seen.
  return notifications.some(({ attempts: tried }) => tried.some(({ fault }) => fault === 'reorder'))
    ? notifications
    : keepOrder(notifications)
}

/** The last attempt of the delivery. */
export const lastOf = <T extends { readonly isResend?: true }>(attempts: readonly T[]): T | undefined =>
  attempts.findLast(({ isResend }) => !isResend)

function sequencesOf({ notifications }: EntryOfType<'commit'>): number[] {
  if (!notifications) return []
  const [first, last] = notifications
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Dead letters may be replayed: what counts is whether an attempt came after the last one that covers the sequence. */
function isDeadLettered(
  sequence: number,
  last: EntryOfType<'attempt'> | undefined,
  deadLetters: readonly EntryOfType<'deadLetter'>[],
): boolean {
  const deadLetter = deadLetters.findLast(
    (current) => current.sequence === sequence || (current.isRest && current.sequence < sequence),
  )
  if (!deadLetter) return false
  if (!last) return true
  const isTriedAgain = last.nextAttemptAt !== undefined && last.number > deadLetter.number
  return !isAcknowledged(last) && !isTriedAgain
}

/** An earlier notification, and an earlier commit, is at the latest when the next one is. */
function keepOrder<T extends { readonly at: number }>(sorted: readonly T[]): T[] {
  let latest = Number.POSITIVE_INFINITY
  return sorted
    .toReversed()
    .map((current) => {
      latest = Math.min(latest, current.at)
      return { ...current, at: latest }
    })
    .toReversed()
}

type CausedCommit = Omit<Commit, 'at'>

function dateCommits(commits: readonly CausedCommit[], notifications: readonly Notification[]): Commit[] {
  const times = new Map(notifications.map(({ sequence, at }) => [sequence, at]))
  return keepOrder(
    commits.map(({ entry, cause }) => {
      const firstTime = sequencesOf(entry).flatMap((sequence) => times.get(sequence) ?? [])[0]
      return { entry, cause, at: Math.min(entry.at, firstTime ?? entry.at) }
    }),
  )
}

// Which request has caused a commit. The log does not say it, but the commit is between the request and its reply.

/** Commands of timers and of other calls: no request to this call causes them. */
const COMMANDS_WITHOUT_REQUEST: readonly string[] = [
  'answerTimedOut',
  'keepAliveTimedOut',
  'operationFinished',
  'promptFinished',
  'recordingFinished',
  'releaseParticipant',
  'replacementCompleted',
  'replacementFailed',
  'reserveParticipant',
  'ringTimedOut',
]
/** The command of each action in a path below /simulator/people. */
const PERSON_COMMANDS = new Map([
  ['answer', 'personAnswers'],
  ['decline', 'personDeclines'],
  ['busy', 'personIsBusy'],
  ['leave', 'personLeaves'],
  ['mute', 'personMutes'],
  ['unmute', 'personUnmutes'],
  ['admit', 'personIsAdmitted'],
  ['refuse', 'personIsRefused'],
  ['share', 'personShares'],
  ['unshare', 'personStopsSharing'],
  ['press', 'personPresses'],
  ['say', 'personSpeaks'],
])

function findCauses(
  commits: readonly EntryOfType<'commit'>[],
  requests: readonly EntryOfType<'request'>[],
  replies: Log['replies'],
): CausedCommit[] {
  const found = new Set<EntryOfType<'request'>>()
  const endOf = ({ number }: EntryOfType<'request'>) => replies.get(number)?.number ?? Number.MAX_SAFE_INTEGER
  // Of several open requests, the one that ends first: then the others remain for later commits.
  const byEnd = requests.toSorted((a, b) => endOf(a) - endOf(b))
  return commits.map((entry) => {
    const cause = byEnd.find((request) => {
      const isBetween = request.number < entry.number && entry.number < endOf(request)
      return isBetween && !found.has(request) && hasActed(replies.get(request.number)) && mayCause(request, entry)
    })
    if (cause) found.add(cause)
    return { entry, cause }
  })
}

/** A request whose reply a fault has lost has acted. One without a reply may have. */
const hasActed = (reply: EntryOfType<'reply'> | undefined): boolean =>
  reply === undefined || !isRefused(reply) || reply.fault === 'replyLost'

function mayCause(request: EntryOfType<'request'>, { command, personId }: EntryOfType<'commit'>): boolean {
  if (COMMANDS_WITHOUT_REQUEST.includes(command)) return false
  const action = readAction(request)
  if (!action) return request.method !== 'GET' && command !== 'incoming' && !command.startsWith('person')
  const isSamePerson = personId === undefined || isSameId(action.personId, personId)
  return action.command === command && (isSamePerson || action.personId === UNKNOWN_PERSON)
}

/** What a person does by a request to the simulator; undefined for any other request. */
function readAction({ name, path }: EntryOfType<'request'>): { command: string; personId: string } | undefined {
  if (name.startsWith('simulator-call')) {
    return { command: name === 'simulator-call-place' ? 'incoming' : 'personJoins', personId: UNKNOWN_PERSON }
  }
  if (!name.startsWith('simulator-person')) return undefined
  const [, , personId = UNKNOWN_PERSON, action = ''] = splitPath(path)
  return { command: PERSON_COMMANDS.get(action.toLowerCase()) ?? action, personId: decode(personId) }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // The service has refused such a path, and the row shows it as it was.
    return segment
  }
}

// The rows.

function placeRequests({ requests, replies, commits }: Log, call: CallOfDiagram): PlacedRow[] {
  const caused = new Map(commits.map(({ cause }, index) => [cause, index]))
  return requests.map((request) => {
    const commit = caused.get(request) ?? NO_COMMIT
    const reply = replies.get(request.number)
    const row: DiagramRow = {
      key: `request:${request.number}`,
      at: request.at,
      ...describeSender(request, commits[commit], call),
      to: RINGBACK,
      ...describeReply(reply),
      entries: reply ? [request.number, reply.number] : [request.number],
      ...(reply?.fault && { isFault: true }),
    }
    return { row, commit, rank: 0, number: request.number }
  })
}

function describeSender(
  request: EntryOfType<'request'>,
  commit: Commit | undefined,
  call: CallOfDiagram,
): Pick<DiagramRow, 'kind' | 'from' | 'label'> {
  const action = readAction(request)
  if (!action) {
    return { kind: 'request', from: botLane(call), label: describeRequest(request.method, request.path) }
  }
  const personId = commit?.entry.personId ?? findPersonId(action, call)
  return describeAction(action.command, personId, call)
}

/** The path of an incoming call does not name its caller, who is the first person in the call. */
function findPersonId({ command, personId }: { command: string; personId: string }, call: CallOfDiagram): string {
  return (command === 'incoming' ? call.people[0]?.identity.id : undefined) ?? personId
}

function describeAction(
  command: string,
  personId: string,
  call: CallOfDiagram,
): Pick<DiagramRow, 'kind' | 'from' | 'label'> {
  const label = `${personName(personId, call)} ${toLine(describeCommand(command))}`
  return { kind: 'action', from: personLane(personId, call), label }
}

function describeReply(reply: EntryOfType<'reply'> | undefined): Pick<DiagramRow, 'result' | 'outcome' | 'durationMs'> {
  if (!reply) return { result: 'no reply yet', outcome: 'waiting' }
  const { status, code, fault, durationMs } = reply
  const result = toLine(`${status}${faultWords(fault)}${code === undefined ? '' : `, ${code}`}`)
  return { result, outcome: isRefused(reply) ? 'failed' : 'ok', durationMs }
}

function placeCommits({ commits }: Log, call: CallOfDiagram): PlacedRow[] {
  return commits.flatMap((commit, index) => {
    const { number } = commit.entry
    const rings = (commit.entry.rings ?? []).map((personId, order): PlacedRow => {
      return { row: ringingRow(commit, personId, order, call), commit: index, rank: 1, number: order }
    })
    return commit.cause ? rings : [{ row: changeRow(commit, call), commit: index, rank: 0, number }, ...rings]
  })
}

function changeRow({ entry, at }: Commit, call: CallOfDiagram): DiagramRow {
  const { number, command, personId, from, to } = entry
  const isOfPerson = personId !== undefined && (command.startsWith('person') || command === 'incoming')
  return {
    key: `change:${number}`,
    at,
    ...(isOfPerson
      ? describeAction(command, personId, call)
      : { kind: 'change', from: RINGBACK, label: toLine(describeCommand(command)) }),
    to: RINGBACK,
    result: from === to ? '' : to,
    outcome: 'none',
    entries: [],
  }
}

function ringingRow({ entry, at }: Commit, personId: string, order: number, call: CallOfDiagram): DiagramRow {
  return {
    key: `rings:${entry.number}:${order}`,
    at,
    kind: 'change',
    from: RINGBACK,
    to: personLane(personId, call),
    label: 'rings',
    result: '',
    outcome: 'none',
    entries: [],
  }
}

function placeNotifications({ notifications, commits }: Log, call: CallOfDiagram): PlacedRow[] {
  const commitOf = new Map(
    commits.flatMap(({ entry }, index) => sequencesOf(entry).map((sequence) => [sequence, index] as const)),
  )
  return notifications.map((notification) => {
    const { sequence } = notification
    const row = notificationRow(notification, call)
    return { row, commit: commitOf.get(sequence) ?? NO_COMMIT, rank: 2, number: sequence }
  })
}

function notificationRow({ sequence, at, attempts, isDeadLettered }: Notification, call: CallOfDiagram): DiagramRow {
  const last = lastOf(attempts)
  const deadLettered = isDeadLettered ? 'dead-lettered' : ''
  return {
    key: `notification:${sequence}`,
    at,
    kind: 'notification',
    from: RINGBACK,
    to: botLane(call),
    label: toLine(`#${sequence} ${last?.summary ?? ''}`),
    result: [last && describeAttempt(last), deadLettered].filter(Boolean).join(', '),
    outcome: describeOutcome(last, isDeadLettered),
    ...(last && { durationMs: last.durationMs }),
    entries: [],
    sequence,
    attempts: attempts.map(toRowAttempt),
    ...(attempts.some(({ fault }) => fault) && { isFault: true }),
  }
}

function describeOutcome(last: RowAttempt | undefined, isDeadLettered: boolean): DiagramRow['outcome'] {
  if (last && isAcknowledged(last)) return 'ok'
  return !isDeadLettered && last?.nextAttemptAt !== undefined ? 'waiting' : 'failed'
}

/** The result of an attempt in words, such as `503 (fault), retry in 4 s`. */
export function describeAttempt(attempt: RowAttempt): string {
  const { at, durationMs, status, error, nextAttemptAt, fault, isResend } = attempt
  const result = toLine(`${status ?? error ?? 'no reply'}${faultWords(fault)}${isResend ? ', sent again' : ''}`)
  if (nextAttemptAt === undefined) return result
  return `${result}, retry in ${formatDuration(nextAttemptAt - at - durationMs)}`
}

/** Such as ` (fault: sent twice)`; empty without a fault. */
export const faultWords = (fault: FaultMark | undefined): string => (fault ? ` (${describeFault(fault)})` : '')

function toRowAttempt(attempt: EntryOfType<'attempt'>): RowAttempt {
  const { at, durationMs, status, error, nextAttemptAt, fault, isResend } = attempt
  return {
    at,
    durationMs,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    ...(nextAttemptAt !== undefined && { nextAttemptAt }),
    ...(fault && { fault }),
    ...(isResend && { isResend }),
  }
}

// The lanes.

const botLane = ({ applicationId }: CallOfDiagram): string => `bot:${applicationId}`

/** Upper and lower case make no difference between ids, so a person has the lane of the spelling in the call. */
const personLane = (id: string, call: CallOfDiagram): string => `person:${findPerson(id, call)?.id ?? id}`

const findPerson = (id: string, { people }: CallOfDiagram) =>
  people.find(({ identity }) => isSameId(identity.id, id))?.identity

const isSameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** A person without a name is called by the id, which the simulator also gives as a name. */
function personName(id: string, call: CallOfDiagram): string {
  const name = toLine(findPerson(id, call)?.displayName ?? '')
  if (name !== '' && name !== toLine(id)) return name
  return (id === UNKNOWN_PERSON ? '' : shortenId(toLine(id))) || 'A person'
}

function listLanes(rows: readonly DiagramRow[], call: CallOfDiagram): Lane[] {
  const ids = new Set(rows.flatMap(({ from, to }) => [from, to]).filter((lane) => lane.startsWith('person:')))
  const people = [...ids].map((id): Lane => {
    return { id, title: personName(id.slice('person:'.length), call), kind: 'person' }
  })
  return [
    { id: botLane(call), title: toLine(call.botName ?? '') || shortenId(call.applicationId), kind: 'bot' },
    { id: RINGBACK, title: 'Ringback', kind: 'ringback' },
    ...people,
  ]
}

import type { Call } from '../calls/call.js'
import { IDENTITY_KINDS, type Identity } from '../calls/resources.js'
import { botInfo, isSameIdentity } from '../calls/updates.js'
import { parseGuid } from './ids.js'

// A call that has ended does not say who was in it and has left. Its notifications do: each roster is stored with its
// time for as long as the call. So call records need nothing that is written for them.

/** A participant of a group call. Times are in milliseconds since 1970. */
export interface Attendance {
  /** The id in the roster. A person who comes back has another one. */
  readonly participantId: string
  readonly identity: Identity
  readonly joinedAt: number
  readonly leftAt: number
}

/** A notification as it is stored. */
export interface StoredNotification {
  readonly body: string
  readonly createdAt: number
}

/** The parts of a notification that both dialects have. */
interface NotificationBody {
  readonly value: readonly { readonly resource: string; readonly resourceData: object }[]
}
interface RosterEntry {
  readonly '@odata.id': string
  readonly info: { readonly identity: { readonly [K in Identity['kind']]?: Omit<Identity, 'kind'> } }
  readonly isInLobby?: boolean
  /** Set in a list of changes when the participant has left. */
  readonly removedState?: object
}
interface Roster {
  readonly at: number
  readonly entries: readonly RosterEntry[]
  /** Whether it has only what has changed (deltaParticipants). */
  readonly isDelta: boolean
}

/**
 * Lists the participants of a group call that has ended, the bot first and the others in the order of joining; none if
 * the bot was never in it, or if the call is peer-to-peer. Who waited in the lobby has not joined.
 */
export function readAttendance(
  call: Call,
  endedAt: number,
  notifications: readonly StoredNotification[],
): readonly Attendance[] {
  const establishedAt = notifications.find(isEstablished)?.createdAt
  const bot = botInfo(call)
  if (!call.isGroup || establishedAt === undefined || !bot) return []
  // Those of the peer-to-peer call from which the group call grew: they were there before the first roster.
  const isOriginal = (identity: Identity) =>
    [call.source, ...call.targets].some((info) => isSameIdentity(info.identity, identity))
  const people: Attendance[] = []
  notifications.flatMap(readRoster).forEach((roster, index) => {
    const { at } = roster
    const present = people.filter(({ leftAt }) => leftAt === STILL_HERE)
    const here = roster.entries.filter(isPresent).map((entry) => ({ id: idOf(entry), identity: identityOf(entry) }))
    const gone = findGone(roster, present)
    for (const attendance of gone) people[people.indexOf(attendance)] = { ...attendance, leftAt: at }
    const joined = here.filter(({ id }) => !present.some(({ participantId }) => participantId === id))
    for (const { id, identity } of joined) {
      if (id === call.myParticipantId) continue
      const joinedAt = index === 0 && isOriginal(identity) ? establishedAt : at
      people.push({ participantId: id, identity, joinedAt, leftAt: STILL_HERE })
    }
  })
  const { identity } = bot
  const all = [{ participantId: call.myParticipantId, identity, joinedAt: establishedAt, leftAt: endedAt }, ...people]
  return all.map((attendance) => ({ ...attendance, leftAt: Math.min(attendance.leftAt, endedAt) }))
}

/** The time at which a participant leaves who has not left. */
const STILL_HERE = Number.POSITIVE_INFINITY

/** Returns those who have left since the roster before. */
function findGone({ entries, isDelta }: Roster, present: readonly Attendance[]): readonly Attendance[] {
  const here = new Set(entries.filter(isPresent).map(idOf))
  const removed = new Set(entries.filter((entry) => !isPresent(entry)).map(idOf))
  return present.filter(({ participantId }) => (isDelta ? removed.has(participantId) : !here.has(participantId)))
}

const readChange = ({ body }: StoredNotification) => (JSON.parse(body) as NotificationBody).value[0]

function isEstablished(notification: StoredNotification): boolean {
  const { resourceData = {} } = readChange(notification) ?? {}
  return 'state' in resourceData && resourceData.state === 'established'
}

/** Returns the roster of a notification, if it has one. */
function readRoster(notification: StoredNotification): Roster[] {
  const { resource = '', resourceData } = readChange(notification) ?? {}
  if (!resource.endsWith('/participants') || !Array.isArray(resourceData)) return []
  const [first] = resourceData as readonly (RosterEntry | { readonly participants: readonly RosterEntry[] })[]
  const isDelta = first !== undefined && 'participants' in first
  return [{ at: notification.createdAt, isDelta, entries: isDelta ? first.participants : resourceData }]
}

const isPresent = ({ isInLobby, removedState }: RosterEntry): boolean => !isInLobby && !removedState

/** The 2019 API has the id in the path only. */
const idOf = (entry: RosterEntry): string => parseGuid(entry['@odata.id'].split('/').at(-1) ?? '') ?? ''

function identityOf({ info: { identity } }: RosterEntry): Identity {
  const kind = IDENTITY_KINDS.find((candidate) => identity[candidate]) ?? 'user'
  const { id = '', displayName, tenantId } = identity[kind] ?? {}
  return { kind, id, ...(displayName !== undefined && { displayName }), ...(tenantId !== undefined && { tenantId }) }
}

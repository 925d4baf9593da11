import * as z from 'zod'
import type { Call, EndReason } from '../calls/call.js'
import { endReasonResults } from '../calls/endReasons.js'
import type { Identity, ParticipantInfo } from '../calls/resources.js'
import { isSameIdentity } from '../calls/updates.js'
import { writeJoinUrl } from '../simulator/joinUrls.js'
import type { Attendance } from './attendance.js'
import { renderIdentitySet } from './dialects/resources.js'
import { invalidRequest } from './errors.js'

// Call records, as the pages of Graph v1.0 document them (callRecords: callRecord, session, segment). The beta has the
// same. They do not depend on the dialect of the call.

/** Graph: participants of a callRecord. */
const MAX_PARTICIPANTS = 130
/** No later version of a record adds anything, because a call that has ended does not change. */
const VERSION = 1

/** A call that has ended. */
export interface EndedCall {
  readonly call: Call
  /** In milliseconds since 1970. */
  readonly endedAt: number
}

/** What a request asks for besides the properties of the record. */
export interface Expansion {
  readonly sessions: boolean
  readonly segments: boolean
  readonly participants: boolean
}

/** The query of a request with an expansion. */
export const expandQuery = z.object({
  $expand: z
    .string()
    .describe('`sessions`, `sessions($expand=segments)`, `participants_v2`, or several of them, separated by commas.')
    .optional(),
})

/** What `$expand` may name, in lower case, and the `@odata.context` of each. */
const EXPANSIONS: Readonly<Record<string, Partial<Expansion> & { readonly context: string }>> = {
  sessions: { sessions: true, context: 'sessions()' },
  'sessions($expand=segments)': { sessions: true, segments: true, context: 'sessions(segments())' },
  participants_v2: { participants: true, context: 'participants_v2()' },
  // Graph always expands it.
  organizer_v2: { context: 'organizer_v2()' },
}

/**
 * Reads `$expand`.
 *
 * @returns the expansion, and what the `@odata.context` says about it
 * @throws GraphError 400 for what a record cannot expand
 */
export function readExpansion(query: URLSearchParams): Expansion & { readonly context: string } {
  const [, text] = [...query].find(([option]) => /^\$?expand$/i.test(option)) ?? []
  const nothing = { sessions: false, segments: false, participants: false, context: '' }
  if (text === undefined) return nothing
  // No comma is inside of the parentheses of a known expansion.
  const found = text.split(',').map((name) => EXPANSIONS[name.replaceAll(/\s/g, '').toLowerCase()])
  const known = found.filter((expansion) => expansion !== undefined)
  if (known.length < found.length) {
    throw invalidRequest(
      '$expand: must be sessions, sessions($expand=segments) or participants_v2, or several of them.',
    )
  }
  const context = known.map((expansion) => expansion.context).join()
  return Object.assign({}, nothing, ...known, { context: `(${context})` })
}

/** Renders what a list has of a record, which is all in the call itself. */
export function renderListedRecord({ call, endedAt }: EndedCall) {
  const organizer = organizerOf(call)
  return {
    id: call.id,
    version: VERSION,
    type: call.isGroup ? ('groupCall' as const) : ('peerToPeer' as const),
    modalities: modalitiesOf(call),
    lastModifiedDateTime: toDateTime(endedAt),
    startDateTime: toDateTime(call.createdAt),
    endDateTime: toDateTime(endedAt),
    joinWebUrl: joinWebUrlOf(call),
    organizer: renderIdentities(organizer),
    organizer_v2: renderParticipant(organizer),
  }
}

/** Renders a whole record. */
export function renderRecord(ended: EndedCall, attendance: readonly Attendance[], expansion: Expansion) {
  const participants = participantsOf(ended.call, attendance)
  const { organizer, organizer_v2, ...record } = renderListedRecord(ended)
  return {
    ...record,
    organizer,
    participants: participants.slice(0, MAX_PARTICIPANTS).map(renderIdentities),
    organizer_v2,
    ...(expansion.participants && { participants_v2: participants.map(renderParticipant) }),
    ...(expansion.sessions && { sessions: renderSessions(ended, attendance, expansion) }),
  }
}

/** A peer-to-peer call has one session, and a group call one for each stay of a participant. */
function renderSessions(ended: EndedCall, attendance: readonly Attendance[], { segments }: Expansion) {
  const { call, endedAt } = ended
  const failureInfo = renderFailure(call)
  const renderSession = ({ id, startAt, endAt, caller, callee }: Session) => {
    const part = {
      id,
      caller,
      callee,
      failureInfo,
      startDateTime: toDateTime(startAt),
      endDateTime: toDateTime(endAt),
    }
    return {
      ...part,
      modalities: modalitiesOf(call),
      isTest: false,
      // No media is measured. As on the page, the only segment has the id of its session.
      ...(segments && { segments: [{ ...part, media: [] }] }),
    }
  }
  if (call.isGroup && attendance.length > 0) {
    return attendance.map(({ participantId, identity, joinedAt, leftAt }) =>
      renderSession({
        id: participantId,
        startAt: joinedAt,
        endAt: leftAt,
        caller: renderEndpoint(identity),
        callee: CONFERENCE,
      }),
    )
  }
  const callee = call.answeredBy ?? call.targets[0] ?? call.source
  const [from, to] = [renderEndpoint(call.source.identity), renderEndpoint(callee.identity)]
  return [renderSession({ id: call.id, startAt: call.createdAt, endAt: endedAt, caller: from, callee: to })]
}

type Endpoint = ReturnType<typeof renderEndpoint>

/** Times are in milliseconds since 1970. */
interface Session {
  readonly id: string
  readonly startAt: number
  readonly endAt: number
  readonly caller: Endpoint
  readonly callee: Endpoint
}

const renderService = (role: 'customBot' | 'skypeForBusinessAudioVideoMcu') => ({
  '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint',
  userAgent: { '@odata.type': '#microsoft.graph.callRecords.serviceUserAgent', headerValue: null, role },
})
/** What mixes the media of a conference. */
const CONFERENCE = renderService('skypeForBusinessAudioVideoMcu')

const renderEndpoint = (identity: Identity) =>
  identity.kind === 'application' || identity.kind === 'applicationInstance'
    ? renderService('customBot')
    : {
        '@odata.type': '#microsoft.graph.callRecords.participantEndpoint',
        userAgent: null,
        associatedIdentity: renderIdentity(identity),
      }

/** Why a call failed before it was established, or while it was; null for one that ended as its participants wished. */
function renderFailure(call: Call) {
  const reason = call.endReason && endReasonResults[call.endReason].message
  if (!reason) return null
  if (!wasEstablished(call)) return call.endReason === 'redirected' ? null : { stage: 'callSetup' as const, reason }
  return MIDCALL_FAILURES.includes(call.endReason ?? 'hungUp') ? { stage: 'midcall' as const, reason } : null
}
const MIDCALL_FAILURES: readonly EndReason[] = ['notKeptAlive']

/** The bot stays in the roster of a call that has ended. */
const wasEstablished = ({ participants, myParticipantId }: Call): boolean =>
  participants.some(({ id }) => id === myParticipantId)

const modalitiesOf = (call: Call) => (wasEstablished(call) ? call.activeModalities : call.requestedModalities)

/** The organizer of a meeting, otherwise who began the call. */
const organizerOf = ({ meetingInfo, source }: Call): Identity =>
  meetingInfo?.type === 'organizer' ? meetingInfo.organizer : source.identity

/** The address of a meeting whose chat and organizer the call names. */
function joinWebUrlOf({ chatInfo, meetingInfo, tenantId }: Call): string | null {
  if (meetingInfo?.type !== 'organizer' || chatInfo?.threadId === undefined) return null
  const { threadId, messageId = '0' } = chatInfo
  const { organizer } = meetingInfo
  return writeJoinUrl({ threadId, messageId, organizerId: organizer.id, tenantId: organizer.tenantId ?? tenantId })
}

/** Everyone who was in the call, once, and between whom it would have been. */
function participantsOf({ source, targets, answeredBy }: Call, attendance: readonly Attendance[]): Identity[] {
  const identityOf = ({ identity }: ParticipantInfo) => identity
  const joined = attendance.length > 0 ? attendance.map(({ identity }) => identity) : targets.map(identityOf)
  const all = [source.identity, ...joined, ...(answeredBy ? [answeredBy.identity] : [])]
  return all.filter((identity, index) => index === all.findIndex((other) => isSameIdentity(other, identity)))
}

const renderIdentity = ({ id, displayName, tenantId }: Identity) => ({
  id,
  displayName: displayName ?? null,
  tenantId: tenantId ?? null,
})
const renderIdentities = (identity: Identity) => renderIdentitySet(identity, renderIdentity)
const renderParticipant = (identity: Identity) => ({ id: identity.id, identity: renderIdentities(identity) })
const toDateTime = (at: number) => new Date(at).toISOString()

import { type JoinUrl, readJoinUrl, readShortJoinUrl, writeJoinUrl } from './joinUrls.js'

// An online meeting is derived from its join URL, its number or its id. The engine adds its stored properties.

/** The length of a meeting without an end time (Graph: onlineMeeting createOrGet). */
const DEFAULT_DURATION_MS = 3_600_000
/** The number of digits of a meeting number that is assigned here; Teams has longer ones too. */
const MEETING_NUMBER_DIGITS = 12
const PASSCODE_DIGITS = 6
/** The message id of a meeting outside a channel. */
const NO_MESSAGE = '0'

/** Times are in milliseconds since 1970. */
export interface OnlineMeeting extends JoinUrl {
  readonly subject?: string | undefined
  readonly createdAt: number
  readonly startAt?: number | undefined
  readonly endAt?: number | undefined
  /** The id that its application has given it, with `createOrGet`. */
  readonly externalId?: string | undefined
  /** The passcode in the short join URL by which it was found; by default the last digits of its number. */
  readonly passcode?: string | undefined
  /** The video teleconference id by which it was found; by default its number. */
  readonly videoTeleconferenceId?: string | undefined
}

/** Defaults for a meeting that is known by its number only, because the resource must have an organizer. */
export type MeetingDefaults = Pick<OnlineMeeting, 'organizerId' | 'tenantId' | 'createdAt'>

export const meetingOfNumber = (meetingNumber: string, defaults: MeetingDefaults): OnlineMeeting => ({
  ...defaults,
  threadId: toThreadId(meetingNumber),
  messageId: NO_MESSAGE,
})

/** Returns the meeting with this joinMeetingId, which Teams shows in groups of digits; undefined for any other text. */
export function meetingOfJoinMeetingId(text: string, defaults: MeetingDefaults): OnlineMeeting | undefined {
  const meetingNumber = text.replaceAll(' ', '')
  return isNumber(meetingNumber) ? meetingOfNumber(meetingNumber, defaults) : undefined
}

/** Returns the meeting of a long or a short join URL; undefined for any other text. */
export function meetingOfJoinUrl(url: string, defaults: MeetingDefaults): OnlineMeeting | undefined {
  const joinUrl = readJoinUrl(url)
  if (joinUrl) return { ...defaults, ...joinUrl }
  const shortUrl = readShortJoinUrl(url)
  return shortUrl && { ...meetingOfNumber(shortUrl.meetingNumber, defaults), passcode: shortUrl.passcode }
}

/** Returns the meeting with this video teleconference id: a meeting number or other text; undefined if it is empty. */
export function meetingOfVideoTeleconference(id: string, defaults: MeetingDefaults): OnlineMeeting | undefined {
  if (id === '') return undefined
  const meetingNumber = isNumber(id) ? id : hashToMeetingNumber(id)
  return { ...meetingOfNumber(meetingNumber, defaults), videoTeleconferenceId: id }
}

/** Returns the meeting with an id that was issued here; undefined for any other text. */
export function meetingOfId(id: string, defaults: MeetingDefaults): OnlineMeeting | undefined {
  const text = Buffer.from(id, 'base64').toString()
  const [, organizerId, messageId, tenantId, threadId] = /^1\*(.+)\*([^*]+)\*([^*]+)\*(.+)$/s.exec(text) ?? []
  if (!organizerId || !messageId || !tenantId || !threadId) return undefined
  const meeting = { ...defaults, organizerId, messageId, tenantId, threadId }
  // The decoder ignores what is not base64, so other texts may lead to the same meeting.
  return toMeetingId(meeting) === id ? meeting : undefined
}

/**
 * Graph's own ids are built in the same way, but without the tenant. It is needed here for meetings of other tenants.
 * The id is one segment of a path, so it has no slash.
 */
const toMeetingId = ({ organizerId, messageId, tenantId, threadId }: OnlineMeeting): string =>
  toBase64(`1*${organizerId}*${messageId}*${tenantId}*${threadId}`).replaceAll('/', '_').replaceAll('+', '-')

/** Returns the chat thread id of the meeting with this number. */
const toThreadId = (meetingNumber: string): string => `19:meeting_${toBase64(meetingNumber)}@thread.v2`

/** Returns the number in a thread id of `toThreadId`. For any other thread id it is a hash, so it stays the same. */
function toMeetingNumber(threadId: string): string {
  const [, encoded = ''] = /^19:meeting_([A-Za-z0-9+/]+=*)@thread\.v2$/.exec(threadId) ?? []
  const decoded = Buffer.from(encoded, 'base64').toString()
  return isNumber(decoded) ? decoded : hashToMeetingNumber(threadId)
}

const isNumber = (text: string): boolean => /^\d+$/.test(text)

const MEETING_NUMBERS = 10n ** BigInt(MEETING_NUMBER_DIGITS)
/** Large, so that short texts have different hashes, and coprime to MEETING_NUMBERS. */
const HASH_FACTOR = 618_033_988_749n

/** Returns the same meeting number for the same text (a polynomial hash). */
export function hashToMeetingNumber(text: string): string {
  let hash = 7n
  for (const character of text) hash = (hash * HASH_FACTOR + BigInt(character.codePointAt(0) ?? 0)) % MEETING_NUMBERS
  return String(hash).padStart(MEETING_NUMBER_DIGITS, '1')
}

/**
 * Renders the onlineMeeting resource of Graph.
 *
 * @param version the API version of the request; beta also has the older name `joinUrl` of `joinWebUrl`
 */
export function renderOnlineMeeting(meeting: OnlineMeeting, version: string | undefined) {
  const { threadId, messageId, organizerId, tenantId, createdAt, externalId, startAt = createdAt } = meeting
  const subject = meeting.subject ?? null
  const meetingNumber = toMeetingNumber(threadId)
  const { passcode = meetingNumber.slice(-PASSCODE_DIGITS), videoTeleconferenceId = meetingNumber } = meeting
  const joinWebUrl = writeJoinUrl(meeting)
  return {
    id: toMeetingId(meeting),
    subject,
    creationDateTime: toDateTime(createdAt),
    startDateTime: toDateTime(startAt),
    endDateTime: toDateTime(endOfMeeting(meeting)),
    joinWebUrl,
    ...(version?.toLowerCase() === 'beta' ? { joinUrl: joinWebUrl } : {}),
    chatInfo: { threadId, messageId, replyChainMessageId: messageId },
    participants: {
      organizer: {
        upn: null,
        role: 'presenter' as const,
        identity: { user: { id: organizerId, tenantId, displayName: null } },
      },
      attendees: [],
    },
    joinMeetingIdSettings: { isPasscodeRequired: true, joinMeetingId: meetingNumber, passcode },
    videoTeleconferenceId,
    ...(externalId === undefined ? {} : { externalId }),
  }
}

/** The last time with a year of four digits; clients cannot read longer years. */
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z')

/** When a meeting ends. */
export const endOfMeeting = ({ createdAt, startAt = createdAt, endAt }: OnlineMeeting): number =>
  endAt ?? Math.min(startAt + DEFAULT_DURATION_MS, MAX_TIME)

const toBase64 = (text: string) => Buffer.from(text).toString('base64')
const toDateTime = (at: number) => new Date(at).toISOString()

import { type JoinUrl, writeJoinUrl } from './joinUrls.js'

// Online meetings are not stored: a meeting is derived from its join URL or its meeting number.

/** The length of a meeting without an end time. */
const DEFAULT_DURATION_MS = 3_600_000
/** The length of a Teams meeting number, and of the last group of a GUID. */
const MEETING_NUMBER_DIGITS = 12
const PASSCODE_DIGITS = 6

/** Times are in milliseconds since 1970. */
export interface OnlineMeeting extends JoinUrl {
  readonly subject?: string | undefined
  readonly createdAt: number
  readonly startAt?: number | undefined
  readonly endAt?: number | undefined
}

/** Returns the chat thread id of the meeting with this number. */
export const toThreadId = (meetingNumber: string): string => `19:meeting_${toBase64(meetingNumber)}@thread.v2`

/** Returns the number in a thread id of `toThreadId`. For any other thread id it is a hash, so it stays the same. */
function toMeetingNumber(threadId: string): string {
  const [, encoded = ''] = /^19:meeting_([A-Za-z0-9+/]+=*)@thread\.v2$/.exec(threadId) ?? []
  const decoded = Buffer.from(encoded, 'base64').toString()
  return /^\d+$/.test(decoded) ? decoded : hashToMeetingNumber(threadId)
}

/** Returns the same meeting number for the same text (a polynomial hash). */
export function hashToMeetingNumber(text: string): string {
  let hash = 7
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 10 ** MEETING_NUMBER_DIGITS
  return String(hash).padStart(MEETING_NUMBER_DIGITS, '1')
}

/** Returns the organizer's id for a meeting of which only the number is known: the resource must have an organizer. */
export const toOrganizerId = (meetingNumber: string): string =>
  `00000000-0000-4000-8000-${meetingNumber.slice(-MEETING_NUMBER_DIGITS).padStart(MEETING_NUMBER_DIGITS, '0')}`

/**
 * Renders the onlineMeeting resource of Graph.
 *
 * @param version the API version of the request; beta also has the older name `joinUrl` of `joinWebUrl`
 */
export function renderOnlineMeeting(meeting: OnlineMeeting, version: string | undefined) {
  const { threadId, messageId, organizerId, tenantId, createdAt, startAt = createdAt } = meeting
  const { endAt = startAt + DEFAULT_DURATION_MS, subject = null } = meeting
  const meetingNumber = toMeetingNumber(threadId)
  const joinWebUrl = writeJoinUrl(meeting)
  return {
    // Graph's own ids are built in the same way.
    id: toBase64(`1*${organizerId}*0**${threadId}`),
    subject,
    creationDateTime: toDateTime(createdAt),
    startDateTime: toDateTime(startAt),
    endDateTime: toDateTime(endAt),
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
    joinMeetingIdSettings: {
      isPasscodeRequired: true,
      joinMeetingId: meetingNumber,
      passcode: meetingNumber.slice(-PASSCODE_DIGITS),
    },
    videoTeleconferenceId: meetingNumber,
  }
}

const toBase64 = (text: string) => Buffer.from(text).toString('base64')
const toDateTime = (at: number) => new Date(at).toISOString()

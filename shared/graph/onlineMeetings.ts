import { type JoinUrl, writeJoinUrl } from './joinUrls.js'

// Meetings that nobody keeps: all that there is to know of one can be read out of its join URL or its number.

const HOUR_MS = 3_600_000
/** As many digits as Teams gives a meeting, and as the last part of a GUID has. */
const DIGITS = 12

export interface OnlineMeeting extends JoinUrl {
  readonly subject?: string | undefined
  readonly createdAt: number
  readonly startAt?: number | undefined
  readonly endAt?: number | undefined
}

/** The chat of the meeting with this number. */
export const threadOf = (number: string): string => `19:meeting_${base64(number)}@thread.v2`

/** The number of a meeting that was made here; for one of elsewhere, always the same one. */
function numberOf(threadId: string): string {
  const [, encoded = ''] = /^19:meeting_([A-Za-z0-9+/]+=*)@thread\.v2$/.exec(threadId) ?? []
  const number = Buffer.from(encoded, 'base64').toString()
  return /^\d+$/.test(number) ? number : digitsOf(threadId)
}

/** The same digits for the same text. */
export function digitsOf(text: string): string {
  let sum = 7
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 10 ** DIGITS
  return String(sum).padStart(DIGITS, '1')
}

/** Somebody has to be the organizer of a meeting of which only the number is known. */
export const organizerOf = (number: string): string =>
  `00000000-0000-4000-8000-${number.slice(-DIGITS).padStart(DIGITS, '0')}`

/** The resource. `joinUrl` is what beta called `joinWebUrl`. */
export function onlineMeeting(meeting: OnlineMeeting, version: string | undefined) {
  const { threadId, messageId, organizerId, tenantId, createdAt, startAt = createdAt } = meeting
  const { endAt = startAt + HOUR_MS, subject = null } = meeting
  const number = numberOf(threadId)
  const joinWebUrl = writeJoinUrl(meeting)
  return {
    // The real service's ids are made like this, too.
    id: base64(`1*${organizerId}*0**${threadId}`),
    subject,
    creationDateTime: dateTime(createdAt),
    startDateTime: dateTime(startAt),
    endDateTime: dateTime(endAt),
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
    joinMeetingIdSettings: { isPasscodeRequired: true, joinMeetingId: number, passcode: number.slice(-6) },
    videoTeleconferenceId: number,
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const dateTime = (at: number) => new Date(at).toISOString()

import type { CreationCommand } from '../commands.js'
import type { MeetingInfo } from '../resources.js'

/**
 * Identifies the meeting of a new call: its tenant, its chat thread or its meeting number, and its organizer. All calls
 * with the same text are in the same meeting. Undefined for a call that is in no meeting, or does not say in which.
 */
export function identifyMeeting({ tenantId, chatInfo, meetingInfo }: CreationCommand): string | undefined {
  if (!meetingInfo) return undefined
  const place = meetingInfo.type === 'joinMeetingId' ? meetingInfo.joinMeetingId : chatInfo?.threadId
  if (place === undefined) return undefined
  return JSON.stringify([tenantId.toLowerCase(), place.replaceAll(' ', ''), organizerOf(meetingInfo)])
}

const organizerOf = (meetingInfo: MeetingInfo): string =>
  meetingInfo.type === 'organizer' ? meetingInfo.organizer.id.toLowerCase() : ''

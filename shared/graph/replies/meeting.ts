import * as z from 'zod'
import { dateTime } from './types.js'

const identity = z.object({ id: z.string(), tenantId: z.string(), displayName: z.null() })

/** Graph: onlineMeeting. */
export const meetingReply = z
  .object({
    id: z.string(),
    subject: z.string().nullable(),
    creationDateTime: dateTime,
    startDateTime: dateTime,
    endDateTime: dateTime,
    joinWebUrl: z.string(),
    joinUrl: z.string().optional(),
    chatInfo: z.object({ threadId: z.string(), messageId: z.string(), replyChainMessageId: z.string() }),
    participants: z.object({
      organizer: z.object({
        upn: z.null(),
        role: z.literal('presenter'),
        identity: z.object({ user: identity }),
      }),
      attendees: z.array(z.unknown()),
    }),
    joinMeetingIdSettings: z.object({
      isPasscodeRequired: z.boolean(),
      joinMeetingId: z.string(),
      passcode: z.string(),
    }),
    videoTeleconferenceId: z.string(),
    externalId: z.string().optional(),
  })
  .meta({ id: 'onlineMeeting' })

export const meetingListReply = z.object({ value: z.array(meetingReply) })

/** The events of a calendar, which is always empty. */
export const eventListReply = z.object({ value: z.array(z.unknown()).max(0) })

import * as z from 'zod'
import { optionalBody } from './parse.js'
import { dateTime, text } from './types.js'

// The properties of an onlineMeeting that are read. All others are ignored, as in every body.

const properties = z.object({
  subject: text.optional(),
  startDateTime: dateTime.optional(),
  endDateTime: dateTime.optional(),
  participants: z
    .object({
      organizer: z
        .object({ identity: z.object({ user: z.object({ id: text.min(1) }).optional() }).optional() })
        .optional(),
    })
    .optional(),
})
type Properties = z.output<typeof properties>

/** Graph: onlineMeeting createOrGet, notes on the request body. */
function checkTimes({ value, issues }: z.core.ParsePayload<Properties>): void {
  const { startDateTime, endDateTime } = value
  if (endDateTime === undefined) return
  if (startDateTime === undefined) {
    issues.push({ code: 'custom', input: value, path: ['startDateTime'], message: 'is required with endDateTime' })
  } else if (endDateTime < startDateTime) {
    issues.push({ code: 'custom', input: value, path: ['endDateTime'], message: 'is before startDateTime' })
  }
}

/** Converts a body; properties that it does not contain stay absent. Times are in milliseconds since 1970. */
function toMeeting({ subject, startDateTime, endDateTime, participants }: Properties) {
  return {
    /** The user whom the body names as the organizer. */
    organizerId: participants?.organizer?.identity?.user?.id,
    properties: {
      ...(subject !== undefined && { subject }),
      ...(startDateTime !== undefined && { startAt: startDateTime }),
      ...(endDateTime !== undefined && { endAt: endDateTime }),
    },
  }
}

/** POST .../onlineMeetings. Every property is optional, and so is the body. */
export const createMeetingBody = optionalBody(properties.check(checkTimes).transform(toMeeting))

/** POST .../onlineMeetings/createOrGet. */
export const createOrGetMeetingBody = properties
  .extend({ externalId: text.min(1) })
  .check(checkTimes)
  .transform(({ externalId, ...body }) => ({ ...toMeeting(body), externalId }))

/** PATCH .../onlineMeetings/{id}. A body with one of the two times must have both (Graph: onlineMeeting update). */
export const updateMeetingBody = properties
  .check(checkTimes)
  .check(({ value, issues }) => {
    if (value.startDateTime === undefined || value.endDateTime !== undefined) return
    issues.push({ code: 'custom', input: value, path: ['endDateTime'], message: 'is required with startDateTime' })
  })
  .transform(toMeeting)

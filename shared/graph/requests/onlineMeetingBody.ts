import * as z from 'zod'
import { dateTime, text } from './types.js'

/** POST .../onlineMeetings. Every property is optional, and so is the body. */
export const onlineMeetingBody = z
  .object({
    subject: text.optional(),
    startDateTime: dateTime.optional(),
    endDateTime: dateTime.optional(),
  })
  .check(({ value, issues }) => {
    const { startDateTime, endDateTime } = value
    if (startDateTime === undefined || endDateTime === undefined || startDateTime <= endDateTime) return
    issues.push({ code: 'custom', input: value, path: ['endDateTime'], message: 'is before startDateTime' })
  })
  .nullable()
  .transform((body) => body ?? {})

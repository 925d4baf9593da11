import * as z from 'zod'
import { dateTime } from './types.js'

/** POST .../onlineMeetings. Nothing of it is needed. */
export const onlineMeetingBody = z
  .object({
    subject: z.string().max(1024).optional(),
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

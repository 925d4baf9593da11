import { z } from 'zod'

/** A moment with or without an offset, in milliseconds; without one it is UTC, as in Graph. */
const dateTime = z.string().transform((text, context) => {
  const at = Date.parse(/T[^Z+-]*$/i.test(text) ? `${text}Z` : text)
  if (!Number.isNaN(at)) return at
  context.issues.push({ code: 'custom', input: text, message: 'must be a date and a time: 2026-01-31T09:30:00Z' })
  return z.NEVER
})

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

import * as z from 'zod'

/** The error body of Graph. */
export const errorReply = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      innerError: z.object({ date: z.string(), 'request-id': z.string(), 'client-request-id': z.string() }),
    }),
  })
  .meta({ id: 'error' })

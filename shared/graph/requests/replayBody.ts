import * as z from 'zod'
import { dateTime, guid } from './types.js'

/** POST /deliveries/replay: one call, or every call that was created since a moment. */
export const replayBody = z
  .object({ callId: guid.optional(), since: dateTime.optional() })
  .transform(({ callId, since }, context): { callId: string } | { since: number } => {
    if (callId !== undefined && since === undefined) return { callId }
    if (since !== undefined && callId === undefined) return { since }
    context.issues.push({ code: 'custom', input: { callId, since }, message: 'must have either callId or since' })
    return z.NEVER
  })

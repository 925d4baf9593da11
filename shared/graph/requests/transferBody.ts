import * as z from 'zod'
import { clientContext, invitation, participantInfo } from './types.js'

/** POST .../transfer. With `replacesCallId`, the target is in that call with the bot. */
export const transferBody = z.object({
  transferTarget: invitation,
  transferee: participantInfo.optional(),
  clientContext,
})

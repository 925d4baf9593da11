import * as z from 'zod'
import { clientContext, invitation, noneTwice, participantInfo } from './types.js'

/** Graph: at most this many people can be invited at once. */
const MAX_INVITATIONS = 5

/** POST .../participants/invite. Of replacesCallId only the first counts, as Graph says. */
export const inviteBody = z.object({
  participants: z
    .array(z.unknown())
    .min(1)
    .max(MAX_INVITATIONS)
    .pipe(z.tuple([invitation]).rest(participantInfo))
    .check(noneTwice),
  clientContext,
})

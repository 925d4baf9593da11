import * as z from 'zod'
import { documentedAs } from './parse.js'
import { clientContext, invitation, participantInfo, uniqueParticipants } from './types.js'

/** Graph: at most this many participants can be invited at once. */
const MAX_INVITATIONS = 5

/** POST .../participants/invite. Only the replacesCallId of the first participant counts, as in Graph. */
export const inviteBody = z.object({
  participants: documentedAs(
    z.array(invitation).min(1).max(MAX_INVITATIONS),
    z
      .array(z.unknown())
      .min(1)
      .max(MAX_INVITATIONS)
      .pipe(z.tuple([invitation]).rest(participantInfo))
      .check(uniqueParticipants),
  ),
  clientContext,
})

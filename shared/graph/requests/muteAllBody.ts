import * as z from 'zod'
import { optionalBody } from './parse.js'
import { clientContext, guid, MAX_PARTICIPANTS } from './types.js'

const NO_ID = ''

/** The ids of participants, without empty ones: the example on the page of Graph has one empty id. */
const participantIds = z
  .array(z.union([z.literal(NO_ID), guid], { error: 'is not a GUID' }))
  .max(MAX_PARTICIPANTS)
  .transform((ids) => ids.filter((id) => id !== NO_ID))

/** POST .../participants/muteAll. No ids at all mean all participants but the bot. */
export const muteAllBody = optionalBody(
  z.object({
    participants: participantIds.transform((ids) => (ids.length > 0 ? ids : undefined)).optional(),
    clientContext,
  }),
)

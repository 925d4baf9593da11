import * as z from 'zod'
import { TONES } from '../../calls/resources.js'
import { caseInsensitiveEnum, optionalBody } from './parse.js'
import { guid, identitySet, modalities, text } from './types.js'

const person = z.object({
  id: text.min(1),
  displayName: text.optional(),
  tenantId: text.optional(),
})

/** POST /simulator/calls */
export const placeCallBody = z.object({
  to: z.object({ application: z.object({ id: guid }) }),
  from: z.object({ user: person }),
  requestedModalities: modalities.default(['audio']),
  subject: text.optional(),
})

/** POST /simulator/people/{userId}/{action}. Without a callId, the newest call that allows the action is used. */
export const personActionBody = optionalBody(z.object({ callId: guid.optional() }))

/** POST /simulator/people/{userId}/press. Without a callId, the newest call that allows it is used. */
export const pressBody = z.object({ tone: caseInsensitiveEnum(TONES), callId: guid.optional() })

/** POST /simulator/calls/{callId}/participants */
export const joinBody = z.object({ identity: identitySet })

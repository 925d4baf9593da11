import * as z from 'zod'
import { TONES } from '../../calls/resources.js'
import { anyCase, optionalBody } from './parse.js'
import { guid, identitySet, modalities } from './types.js'

const person = z.object({
  id: z.string().min(1).max(1024),
  displayName: z.string().max(1024).optional(),
  tenantId: z.string().max(1024).optional(),
})

/** POST /simulator/calls */
export const placeCallBody = z.object({
  to: z.object({ application: z.object({ id: guid }) }),
  from: z.object({ user: person }),
  requestedModalities: modalities.default(['audio']),
  subject: z.string().max(1024).optional(),
})

/** POST /simulator/people/{userId}/{action}; without a body, the call is found. */
export const movePersonBody = optionalBody(z.object({ callId: guid.optional() }))

/** POST /simulator/people/{userId}/press */
export const pressBody = z.object({ tone: anyCase(TONES), callId: guid.optional() })

/** POST /simulator/calls/{callId}/participants */
export const joinBody = z.object({ identity: identitySet })

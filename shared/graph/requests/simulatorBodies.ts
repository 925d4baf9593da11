import * as z from 'zod'
import { TONES } from '../../calls/resources.js'
import { invalidRequest } from '../errors.js'
import { caseInsensitiveEnum, optionalBody } from './parse.js'
import { guid, identitySet, modalities, text } from './types.js'

const personId = text.min(1)
const person = z.object({
  id: personId,
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

const actionShape = { userId: personId.optional(), callId: guid.optional() }

/** POST /simulator/people/{userId}/{action}. Without a callId, the newest call that allows the action is used. */
export const personActionBody = optionalBody(z.object(actionShape))

/** POST /simulator/people/{userId}/press. Without a callId, the newest call that allows it is used. */
export const pressBody = z.object({ ...actionShape, tone: caseInsensitiveEnum(TONES) })

/** The path has this in place of an id when the id is in the body. */
const ID_IN_BODY = '-'

/**
 * Returns the id of the person who acts. An id that a path cannot carry is in the body: clients resolve `..`, for
 * example (RFC 3986, 5.2.4).
 *
 * @throws GraphError 400 when the path and the body name two people
 */
export function readPersonId(inPath = '', { userId }: { readonly userId?: string | undefined }): string {
  if (userId === undefined || userId === inPath) return inPath
  if (inPath === ID_IN_BODY) return userId
  throw invalidRequest(`userId: is ${userId}, but the path has ${inPath}; use - in the path when the body has userId.`)
}

/** POST /simulator/calls/{callId}/participants */
export const joinBody = z.object({ identity: identitySet })

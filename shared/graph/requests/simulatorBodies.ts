import * as z from 'zod'
import { ROUTING_TYPES, TONES } from '../../calls/resources.js'
import { REACTIONS } from '../../simulator/people.js'
import { invalidRequest } from '../errors.js'
import { caseInsensitiveEnum, optionalBody } from './parse.js'
import { chatInfo, guid, identity, identitySet, meetingInfo, modalities, text } from './types.js'

const personId = text.min(1)

/** Graph documents no limit; a call is rarely retargeted more than a few times. */
const MAX_CALL_ROUTES = 20
const callRoute = z.object({
  routingType: caseInsensitiveEnum(ROUTING_TYPES),
  original: identitySet,
  final: identitySet,
})
const incomingContext = z.object({
  sourceParticipantId: text.optional(),
  observedParticipantId: text.optional(),
  onBehalfOf: identitySet.optional(),
  transferor: identitySet.optional(),
})

/** POST /simulator/calls. With `applicationInstance`, the call goes to the resource account of the bot. */
export const placeCallBody = z.object({
  to: z.object({ application: z.object({ id: guid }), applicationInstance: identity.optional() }),
  from: identitySet,
  requestedModalities: modalities.default(['audio']),
  subject: text.optional(),
  chatInfo: chatInfo.optional(),
  meetingInfo: meetingInfo.optional(),
  callRoutes: z.array(callRoute).max(MAX_CALL_ROUTES).optional(),
  incomingContext: incomingContext.optional(),
  applicationMetadata: z.record(z.string(), z.unknown()).optional(),
})

/** The person and the call that the body of an action may name. */
export const actionShape = { userId: personId.optional(), callId: guid.optional() }

/** POST /simulator/people/{userId}/{action}. Without a callId, the newest call that allows the action is used. */
export const personActionBody = optionalBody(z.object(actionShape))

/** POST /simulator/people/{userId}/press. Without a callId, the newest call that allows it is used. */
export const pressBody = z.object({ ...actionShape, tone: caseInsensitiveEnum(TONES) })

/** Longer than the longest time that people ring. */
const MAX_REACTION_DELAY_MS = 600_000

/** The query of a request without a body. */
export const personQuery = z.object({ userId: personId.optional() })

/** PUT /simulator/people/{userId}/reaction */
export const reactionBody = z.object({
  userId: personId.optional(),
  onCall: caseInsensitiveEnum(REACTIONS),
  afterMs: z.int().min(0).max(MAX_REACTION_DELAY_MS).default(0),
})

/** Stands in the path in place of the id when the id is in the body. */
const ID_IN_BODY = '-'

/**
 * Returns the id of the person who acts. The id may be in the body, because a path cannot contain every id: clients
 * remove a `..`, for example (RFC 3986, 5.2.4).
 *
 * @throws GraphError 400 when the path and the body name two people
 */
export function readPersonId(inPath = '', { userId }: { readonly userId?: string | undefined }): string {
  if (userId === undefined || userId === inPath) return inPath
  if (inPath === ID_IN_BODY) return userId
  throw invalidRequest(`userId: is ${userId}, but the path has ${inPath}; use - in the path when the body has userId.`)
}

/** POST /simulator/calls/{callId}/participants */
export const joinBody = z.object({ identity: identitySet, isInLobby: z.boolean().optional() })

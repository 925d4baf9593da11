import * as z from 'zod'
import { ROUTING_MODES } from '../../calls/resources.js'
import { parseGuid } from '../ids.js'
import { caseInsensitiveEnum } from './parse.js'
import { guid } from './types.js'

/** Graph documents no limit. The id is a part of a path, and a URL has about 2,000 characters in practice. */
const MAX_GROUP_ID = 256
/** Graph documents no limit. A call with so many receivers is unlikely, and the roster is a limit too. */
const MAX_ROUTE_ENDS = 250

/** The id of an audio routing group is any text; a GUID is accepted in every spelling, as the other ids are. */
export const readAudioRoutingGroupId = (text = ''): string => parseGuid(text) ?? text

const groupId = z
  .string()
  .min(1)
  .max(MAX_GROUP_ID)
  // Clients resolve these segments of a path (RFC 3986, 5.2.4).
  .refine((id) => id !== '.' && id !== '..', 'must not be . or .., which no path can contain')
  .refine((id) => id.isWellFormed(), 'must be well-formed Unicode, or no path can contain it')
  .transform(readAudioRoutingGroupId)

const participantIds = z.array(guid).max(MAX_ROUTE_ENDS)

/** POST .../audioRoutingGroups */
export const createAudioRoutingGroupBody = z.object({
  id: groupId.optional(),
  routingMode: caseInsensitiveEnum(ROUTING_MODES),
  sources: participantIds,
  receivers: participantIds,
})

/** PATCH .../audioRoutingGroups/{id}: the properties to change. */
export const updateAudioRoutingGroupBody = createAudioRoutingGroupBody.partial()

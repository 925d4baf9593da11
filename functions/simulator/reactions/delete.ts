import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { personQuery, readPersonId } from '../../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasReactions } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-reaction-delete',
  summary: 'Lets a person react as the settings say; local only',
  method: 'DELETE',
  path: 'simulator/people/{userId}/reaction',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasReactions,
  query: personQuery,
  replies: { 204: null },
  handle: async function deleteReaction({ service, parameters, query }) {
    const personId = readPersonId(parameters.userId, { userId: query.get('userId') ?? undefined })
    service.behavior.reactions.clear(personId)
    return { status: 204 }
  },
})

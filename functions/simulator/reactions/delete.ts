import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { readPersonId } from '../../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasReactions } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-reaction-delete',
  method: 'DELETE',
  path: 'simulator/people/{userId}/reaction',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasReactions,
  handle: async function deleteReaction({ service, parameters, query }) {
    const personId = readPersonId(parameters.userId, { userId: query.get('userId') ?? undefined })
    service.behavior.reactions.clear(personId)
    return { status: 204 }
  },
})

import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { reactionReply } from '../../../shared/graph/replies/operator.js'
import { reactionBody, readPersonId } from '../../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasReactions } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-reaction-put',
  summary: 'Sets what a person does when they ring; local only',
  method: 'PUT',
  path: 'simulator/people/{userId}/reaction',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasReactions,
  body: reactionBody,
  example: { onCall: 'decline', afterMs: 500 },
  replies: { 200: reactionReply },
  handle: async function putReaction({ service, parameters, body }) {
    const { onCall, afterMs } = body
    service.behavior.reactions.set(readPersonId(parameters.userId, body), { onCall, afterMs })
    return { status: 200, body: { onCall, afterMs } }
  },
})

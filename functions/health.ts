import { healthReply } from '../shared/graph/replies/operator.js'
import { registerEndpoint } from '../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'health',
  summary: 'Tells whether the storage answers',
  method: 'GET',
  path: 'health',
  permissions: 'open',
  replies: { 200: healthReply },
  handle: async function getHealth({ service }) {
    // Reads a call that does not exist: the service is healthy if the storage answers.
    await service.calls.read('health')
    return { status: 200, body: { status: 'healthy' } }
  },
})

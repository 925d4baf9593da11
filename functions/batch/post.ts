import { batchBody } from '../../shared/graph/requests/batchBody.js'
import { answerBatch } from '../../shared/http/answerBatch.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'batch',
  area: 'service',
  method: 'POST',
  path: '$batch',
  permissions: [],
  body: batchBody,
  handle: async function answerRequestsOfBatch({ body, incoming, parameters }) {
    const responses = await answerBatch(body.requests, incoming, parameters.version ?? '')
    return { status: 200, body: { responses } }
  },
})

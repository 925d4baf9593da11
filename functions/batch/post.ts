import { batchReply } from '../../shared/graph/replies/batch.js'
import { batchBody } from '../../shared/graph/requests/batchBody.js'
import { answerBatch } from '../../shared/http/answerBatch.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'batch',
  summary: 'Carries out up to 20 requests',
  area: 'service',
  method: 'POST',
  path: '$batch',
  permissions: [],
  permissionNote: 'a token; each request needs its own permissions',
  body: batchBody,
  example: {
    requests: [
      { id: '1', method: 'GET', url: '/communications/calls/623281ac-fac0-4d4f-adae-893dab64bdb0' },
      {
        id: '2',
        method: 'POST',
        url: '/communications/calls/623281ac-fac0-4d4f-adae-893dab64bdb0/mute',
        headers: { 'Content-Type': 'application/json' },
        body: { clientContext: 'quiet' },
        dependsOn: ['1'],
      },
    ],
  },
  replies: { 200: batchReply },
  handle: async function answerRequestsOfBatch({ body, incoming, parameters }) {
    const responses = await answerBatch(body.requests, incoming, parameters.version ?? '')
    return { status: 200, body: { responses } }
  },
})

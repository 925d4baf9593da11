import { WRITE_DELIVERIES } from '../../shared/auth/permissions.js'
import { callNotFound } from '../../shared/calls/errors.js'
import { replayCall, replaySince } from '../../shared/delivery/deliveries.js'
import { replayReply } from '../../shared/graph/replies/operator.js'
import { replayBody } from '../../shared/graph/requests/replayBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'delivery-replay',
  summary: 'Sends dead-lettered notifications again: those of one call, or of all calls since a time',
  method: 'POST',
  path: 'deliveries/replay',
  permissions: [WRITE_DELIVERIES],
  body: replayBody,
  example: { callId: 'c35c9f6c-f11e-4d8c-a644-b3f27c329d9c' },
  replies: { 200: replayReply },
  handle: async function replayDeliveries({ service, body }) {
    if ('since' in body) return { status: 200, body: { calls: await replaySince(service, body.since) } }
    if (!(await service.calls.read(body.callId)).record) throw callNotFound()
    return { status: 200, body: { calls: (await replayCall(service, body.callId)) ? 1 : 0 } }
  },
})

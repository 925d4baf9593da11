import { WRITE_DELIVERIES } from '../../shared/auth/permissions.js'
import { callNotFound } from '../../shared/calls/errors.js'
import { replayCall, replaySince } from '../../shared/delivery/deliveries.js'
import { replayBody } from '../../shared/graph/requests/replayBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'delivery-replay',
  method: 'POST',
  path: 'deliveries/replay',
  permissions: [WRITE_DELIVERIES],
  body: replayBody,
  handle: async function replayDeliveries({ service, body }) {
    if ('since' in body) return { status: 200, body: { calls: await replaySince(service, body.since) } }
    if (!(await service.calls.read(body.callId)).record) throw callNotFound()
    return { status: 200, body: { calls: (await replayCall(service, body.callId)) ? 1 : 0 } }
  },
})

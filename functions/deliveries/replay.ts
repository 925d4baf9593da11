import { WRITE_DELIVERIES } from '../../shared/access/permissions.js'
import { callNotFound } from '../../shared/calls/errors.js'
import { replay, replaySince } from '../../shared/delivery/deliveries.js'
import { replayBody } from '../../shared/graph/bodies/replayBody.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'delivery-replay',
  method: 'POST',
  path: 'deliveries/replay',
  permissions: [WRITE_DELIVERIES],
  body: replayBody,
  async handle({ service, body }) {
    if ('since' in body) return { status: 200, body: { calls: await replaySince(service, body.since) } }
    if (!(await service.calls.read(body.callId)).record) throw callNotFound()
    return { status: 200, body: { calls: (await replay(service, body.callId)) ? 1 : 0 } }
  },
})

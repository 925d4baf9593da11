import { JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/access/permissions.js'
import { changeCall, started } from '../../shared/changeCall.js'
import { answerBody } from '../../shared/graph/bodies/answerBody.js'
import { graphFunction } from '../../shared/graphFunction.js'

const JOIN = { anyOf: [JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST] }

graphFunction({
  name: 'call-answer',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'answer',
  permissions: [JOIN],
  // Graph asks for nothing to answer a peer-to-peer call.
  needs: () => [],
  needsOf: (call) => (call.meetingInfo ? [JOIN] : []),
  body: answerBody,
  async handle({ service, callId, body, authorize, request }) {
    if (body.callbackUri !== undefined) await service.callbackAddresses.check(body.callbackUri, 'callbackUri')
    const changed = await changeCall(service, callId, { type: 'answer', ...body }, authorize, request)
    return changed.dialect.answered(changed.call, started(changed))
  },
})

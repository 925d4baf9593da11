import { JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { changeCall, startedOperation } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { answerBody } from '../../shared/graph/requests/answerBody.js'
import { spellingOf } from '../../shared/graph/requests/parse.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

const JOIN = { anyOf: [JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST] }

registerGraphEndpoint({
  name: 'call-answer',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'answer',
  permissions: [JOIN],
  // Graph requires no permission to answer a peer-to-peer call (call: answer).
  requiredPermissions: () => [],
  requiredPermissionsForCall: (call) => (call.meetingInfo ? [JOIN] : []),
  body: answerBody,
  handle: async function answerCall({ service, callId, body, authorize, request }) {
    if (body.callbackUri !== undefined)
      await service.callbackUrlPolicy.check(body.callbackUri, spellingOf(body, 'callbackUri'))
    const changed = await changeCall(service, callId, { type: 'answer', ...body }, { authorize, request })
    const reply = changed.reply ?? changed
    return dialects[changed.dialect].replyToAnswer(reply.call, startedOperation(reply))
  },
})

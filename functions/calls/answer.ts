import { JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { changeCall, startedOperation } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { answerReplies } from '../../shared/graph/replies/operation.js'
import { answerBody } from '../../shared/graph/requests/answerBody.js'
import { spellingOf } from '../../shared/graph/requests/parse.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

const JOIN = { anyOf: [JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST] }

registerGraphEndpoint({
  name: 'call-answer',
  summary: 'Answers an incoming call',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'answer',
  permissions: [JOIN],
  permissionNote: 'a token; into a meeting: Calls.JoinGroupCall.All or Calls.JoinGroupCallAsGuest.All',
  // Graph requires no permission to answer a peer-to-peer call (call: answer).
  requiredPermissions: () => [],
  requiredPermissionsForCall: (call) => (call.meetingInfo ? [JOIN] : []),
  body: answerBody,
  example: {
    acceptedModalities: ['audio'],
    mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' },
  },
  replies: answerReplies,
  handle: async function answerCall({ service, callId, body, authorize, request }) {
    if (body.callbackUri !== undefined)
      await service.callbackUrlPolicy.check(body.callbackUri, spellingOf(body, 'callbackUri'))
    const changed = await changeCall(service, callId, { type: 'answer', ...body }, { authorize, request })
    const reply = changed.reply ?? changed
    return dialects[changed.dialect].replyToAnswer(reply.call, startedOperation(reply))
  },
})

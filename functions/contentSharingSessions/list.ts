import {
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
} from '../../shared/auth/permissions.js'
import { contentSharingSessionsOf } from '../../shared/calls/contentSharing.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'content-sharing-session-list',
  method: 'GET',
  path: 'calls/{callId}/contentSharingSessions',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE, INITIATE_GROUP_CALL] }],
  handle: async function listContentSharingSessions({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToListContentSharingSessions(call, contentSharingSessionsOf(call))
  },
})

import {
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
} from '../../shared/auth/permissions.js'
import { contentSharingSessionsOf } from '../../shared/calls/contentSharing.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { sessionListSchemas } from '../../shared/graph/replies/resources.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'content-sharing-session-list',
  summary: 'Lists the content sharing sessions: one while a participant shares',
  method: 'GET',
  path: 'calls/{callId}/contentSharingSessions',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE, INITIATE_GROUP_CALL] }],
  replies: replyWith(200, sessionListSchemas),
  handle: async function listContentSharingSessions({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToListContentSharingSessions(call, contentSharingSessionsOf(call))
  },
})

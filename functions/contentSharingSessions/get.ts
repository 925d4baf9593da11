import {
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
} from '../../shared/auth/permissions.js'
import { contentSharingSessionsOf } from '../../shared/calls/contentSharing.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { notFound } from '../../shared/graph/errors.js'
import { readGuid } from '../../shared/graph/ids.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { sessionSchemas } from '../../shared/graph/replies/resources.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'content-sharing-session-get',
  summary: 'Reads a content sharing session',
  method: 'GET',
  path: 'calls/{callId}/contentSharingSessions/{contentSharingSessionId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE, INITIATE_GROUP_CALL] }],
  replies: replyWith(200, sessionSchemas),
  handle: async function getContentSharingSession({ service, callId, parameters, authorize }) {
    const sessionId = readGuid(parameters.contentSharingSessionId ?? '', 'contentSharingSessionId')
    const { call, dialect } = await readCall(service, callId, authorize)
    const session = contentSharingSessionsOf(call).find(({ id }) => id === sessionId)
    if (!session) throw notFound('Content sharing session not found.')
    return dialects[dialect].replyToGetContentSharingSession(call, session)
  },
})

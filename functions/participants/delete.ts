import { JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { readParticipantId } from '../../shared/graph/ids.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-delete',
  summary: 'Removes a participant, or cancels an invitation',
  method: 'DELETE',
  path: 'calls/{callId}/participants/{participantId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL] }],
  replies: { 204: null },
  handle: async function deleteParticipant({ service, callId, parameters, authorize, request }) {
    const participantId = readParticipantId(parameters)
    await changeCall(service, callId, { type: 'deleteParticipant', participantId }, { authorize, request })
    return { status: 204 }
  },
})

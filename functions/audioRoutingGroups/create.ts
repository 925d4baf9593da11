import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { createAudioRoutingGroupBody } from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-create',
  method: 'POST',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: createAudioRoutingGroupBody,
  handle: async function createAudioRoutingGroup({ service, callId, body, authorize, request }) {
    const command = { type: 'createAudioRoutingGroup', ...body } as const
    const { call, dialect, createdId } = await changeCall(service, callId, command, { authorize, request })
    if (createdId === undefined) throw new Error('expected the command to create an audio routing group')
    // The group as it was created: when a request is repeated, it may have been changed or deleted in the meantime.
    return dialects[dialect].replyToGetAudioRoutingGroup(call, { ...body, id: createdId, version: 1 })
  },
})

import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { groupSchemas } from '../../shared/graph/replies/resources.js'
import { createAudioRoutingGroupBody } from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-create',
  summary: 'Creates an audio routing group',
  method: 'POST',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: createAudioRoutingGroupBody,
  example: {
    id: 'from-the-interpreter',
    routingMode: 'oneToOne',
    sources: ['4c0a0b6c-0c6c-4a8b-9a0e-0f2d6f6f1f11'],
    receivers: ['0e7a2a0e-3a1b-4e0f-8f5e-6a1d8f0b2c22'],
  },
  replies: replyWith(200, groupSchemas),
  handle: async function createAudioRoutingGroup({ service, callId, body, authorize, request }) {
    const command = { type: 'createAudioRoutingGroup', ...body } as const
    const { call, dialect, createdId } = await changeCall(service, callId, command, { authorize, request })
    if (createdId === undefined) throw new Error('expected the command to create an audio routing group')
    // The group as it was created: when a request is repeated, it may have been changed or deleted in the meantime.
    return dialects[dialect].replyToGetAudioRoutingGroup(call, { ...body, id: createdId, version: 1 })
  },
})

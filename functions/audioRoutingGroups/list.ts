import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/access/permissions.js'
import { graphFunction } from '../../shared/graphFunction.js'
import { readCall } from '../../shared/readCall.js'

graphFunction({
  name: 'audioroutinggroup-list',
  method: 'GET',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  async handle({ service, callId, authorize }) {
    // None can be made, so that every call has none.
    await readCall(service, callId, authorize)
    return { status: 200, body: { value: [] } }
  },
})

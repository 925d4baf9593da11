import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { changeScreenSharingRoleBody } from '../../shared/graph/requests/changeScreenSharingRoleBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-change-screen-sharing-role',
  summary: 'Starts or stops sharing the screen of the bot',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'changeScreenSharingRole',
  permissions: [ACCESS_MEDIA],
  body: changeScreenSharingRoleBody,
  example: { role: 'sharer' },
  replies: { 202: null },
  handle: async function changeRole({ service, callId, body, authorize, request }) {
    await changeCall(service, callId, { type: 'changeScreenSharingRole', ...body }, { authorize, request })
    return { status: 202 }
  },
})

import { INITIATE } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { chooseLegCallIds } from '../../shared/engine/legs.js'
import { redirectBody } from '../../shared/graph/requests/redirectBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-redirect',
  summary: 'Redirects an incoming call to one target, or to several that ring at the same time',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'redirect',
  permissions: [INITIATE],
  body: redirectBody,
  example: { targets: [{ identity: { user: { id: '550fae72-d251-43ec-868c-373732c2704f' } } }], timeout: 15 },
  replies: { 202: null },
  handle: async function redirectCall({ service, callId, body, authorize, request }) {
    const { targets, callbackUri, timeout } = body
    if (callbackUri !== undefined) await service.callbackUrlPolicy.check(callbackUri, 'callbackUri')
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000
    const legs = await chooseLegCallIds(service, targets)
    const command = { type: 'redirect', targets, callbackUri, timeoutMs, ...legs } as const
    await changeCall(service, callId, command, { authorize, request })
    return { status: 202 }
  },
})

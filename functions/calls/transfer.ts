import { INITIATE } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { chooseLegCallIds } from '../../shared/engine/legs.js'
import { findReplacedParticipant } from '../../shared/engine/replaceCall.js'
import { transferBody } from '../../shared/graph/requests/transferBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-transfer',
  summary: 'Connects the other participant with a target',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'transfer',
  permissions: [INITIATE],
  body: transferBody,
  example: { transferTarget: { identity: { user: { id: '550fae72-d251-43ec-868c-373732c2704f' } } } },
  replies: { 202: null },
  handle: async function transferCall({ service, callId, body, authorize, request }) {
    const { transferTarget: target, transferee, clientContext } = body
    const replacement = { invitation: target, path: 'transferTarget' }
    const command = async () => {
      const replaces = await findReplacedParticipant(service, callId, replacement, authorize)
      const legs = replaces ? {} : await chooseLegCallIds(service, [target])
      return { type: 'transfer', target, transferee, replaces, clientContext, ...legs } as const
    }
    await changeCall(service, callId, command, { authorize, request })
    return { status: 202 }
  },
})

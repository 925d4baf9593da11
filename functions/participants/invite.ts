import { INITIATE_GROUP_CALL } from '../../shared/auth/permissions.js'
import { changeCall, startedOperation } from '../../shared/engine/changeCall.js'
import { findReplacedParticipant } from '../../shared/engine/replaceCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { inviteBody } from '../../shared/graph/requests/inviteBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-invite',
  method: 'POST',
  path: 'calls/{callId}/participants',
  action: 'invite',
  permissions: [INITIATE_GROUP_CALL],
  body: inviteBody,
  handle: async function inviteParticipants({ service, callId, body, authorize, request }) {
    const [invitation] = body.participants
    const command = async () => {
      const replaces = await findReplacedParticipant(
        service,
        callId,
        { invitation, path: 'participants[0]' },
        authorize,
      )
      return { type: 'invite', ...body, replaces } as const
    }
    const changed = await changeCall(service, callId, command, { authorize, request })
    return dialects[changed.dialect].replyToInvite(changed.call, startedOperation(changed))
  },
})

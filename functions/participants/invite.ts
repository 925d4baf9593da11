import { INITIATE_GROUP_CALL } from '../../shared/auth/permissions.js'
import { changeCall, startedOperation } from '../../shared/engine/changeCall.js'
import { chooseLegCallIds } from '../../shared/engine/legs.js'
import { findReplacedParticipant } from '../../shared/engine/replaceCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { inviteReplies } from '../../shared/graph/replies/operation.js'
import { inviteBody } from '../../shared/graph/requests/inviteBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-invite',
  summary: 'Invites participants',
  method: 'POST',
  path: 'calls/{callId}/participants',
  action: 'invite',
  permissions: [INITIATE_GROUP_CALL],
  body: inviteBody,
  example: {
    participants: [{ identity: { user: { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' } } }],
    clientContext: 'order 17',
  },
  replies: inviteReplies,
  handle: async function inviteParticipants({ service, callId, body, authorize, request }) {
    const [invitation] = body.participants
    const command = async () => {
      const replaces = await findReplacedParticipant(
        service,
        callId,
        { invitation, path: 'participants[0]' },
        authorize,
      )
      const legs = await chooseLegCallIds(service, body.participants)
      return { type: 'invite', ...body, replaces, ...legs } as const
    }
    const changed = await changeCall(service, callId, command, { authorize, request })
    return dialects[changed.dialect].replyToInvite(changed.call, startedOperation(changed))
  },
})

import { INITIATE_GROUP_CALL } from '../../shared/access/permissions.js'
import { changeCall, started } from '../../shared/changeCall.js'
import { inviteBody } from '../../shared/graph/bodies/inviteBody.js'
import { graphFunction } from '../../shared/graphFunction.js'
import { findReplaced } from '../../shared/movePerson.js'

graphFunction({
  name: 'participant-invite',
  method: 'POST',
  path: 'calls/{callId}/participants',
  action: 'invite',
  permissions: [INITIATE_GROUP_CALL],
  body: inviteBody,
  async handle({ service, callId, body, authorize, request }) {
    const command = async () => {
      const replaces = await findReplaced(service, callId, body.participants[0], authorize)
      return { type: 'invite', ...body, replaces } as const
    }
    const changed = await changeCall(service, callId, command, authorize, request)
    return changed.dialect.invited(changed.call, started(changed))
  },
})

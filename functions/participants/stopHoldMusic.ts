import { readParticipantId } from '../../shared/graph/ids.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-stop-hold-music',
  summary: 'Ends the hold of a participant',
  path: 'calls/{callId}/participants/{participantId}',
  action: 'stopHoldMusic',
  permissions: [],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'stopHoldMusic',
  command: ({ parameters, body: { clientContext } }) => ({
    type: 'stopHoldMusic',
    participantId: readParticipantId(parameters),
    clientContext,
  }),
})

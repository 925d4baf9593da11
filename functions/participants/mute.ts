import { readParticipantId } from '../../shared/graph/ids.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-mute',
  path: 'calls/{callId}/participants/{participantId}',
  action: 'mute',
  permissions: [],
  body: actionBody,
  command: ({ parameters, body: { clientContext } }) => ({
    type: 'muteParticipant',
    participantId: readParticipantId(parameters),
    clientContext,
  }),
})

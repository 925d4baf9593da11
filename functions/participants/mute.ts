import { readParticipantId } from '../../shared/graph/ids.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-mute',
  summary: 'Mutes a participant',
  path: 'calls/{callId}/participants/{participantId}',
  action: 'mute',
  permissions: [],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'muteParticipant',
  command: ({ parameters, body: { clientContext } }) => ({
    type: 'muteParticipant',
    participantId: readParticipantId(parameters),
    clientContext,
  }),
})

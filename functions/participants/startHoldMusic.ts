import { readParticipantId } from '../../shared/graph/ids.js'
import { startHoldMusicBody } from '../../shared/graph/requests/startHoldMusicBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-start-hold-music',
  path: 'calls/{callId}/participants/{participantId}',
  action: 'startHoldMusic',
  permissions: [],
  body: startHoldMusicBody,
  command: ({ parameters, body: { clientContext } }) => ({
    type: 'startHoldMusic',
    participantId: readParticipantId(parameters),
    clientContext,
  }),
})

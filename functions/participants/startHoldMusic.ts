import { readParticipantId } from '../../shared/graph/ids.js'
import { startHoldMusicBody } from '../../shared/graph/requests/startHoldMusicBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-start-hold-music',
  summary: 'Puts a participant on hold',
  path: 'calls/{callId}/participants/{participantId}',
  action: 'startHoldMusic',
  permissions: [],
  body: startHoldMusicBody,
  example: { clientContext: 'order 17' },
  operation: 'startHoldMusic',
  command: ({ parameters, body: { clientContext } }) => ({
    type: 'startHoldMusic',
    participantId: readParticipantId(parameters),
    clientContext,
  }),
})

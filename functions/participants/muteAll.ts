import { muteAllBody } from '../../shared/graph/requests/muteAllBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-mute-all',
  summary: 'Mutes some participants, or all but the bot',
  path: 'calls/{callId}/participants',
  action: 'muteAll',
  permissions: [],
  body: muteAllBody,
  example: { participants: ['4c0a0b6c-0c6c-4a8b-9a0e-0f2d6f6f1f11'], clientContext: 'order 17' },
  operation: 'muteAll',
  command: ({ body }) => ({ type: 'muteAll', ...body }),
})

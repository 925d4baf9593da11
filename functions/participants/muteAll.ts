import { muteAllBody } from '../../shared/graph/requests/muteAllBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-mute-all',
  path: 'calls/{callId}/participants',
  action: 'muteAll',
  permissions: [],
  body: muteAllBody,
  command: ({ body }) => ({ type: 'muteAll', ...body }),
})

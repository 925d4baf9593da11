import { muteAllBody } from '../../shared/graph/requests/muteAllBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

// The page of 2018 has this path for muteAll.
registerCallAction({
  name: 'participant-mute-all-2018',
  path: 'calls/{callId}/participants',
  action: 'mute',
  permissions: [],
  body: muteAllBody,
  command: ({ body }) => ({ type: 'muteAll', ...body }),
})

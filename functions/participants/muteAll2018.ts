import { muteAllBody } from '../../shared/graph/requests/muteAllBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

// The page of 2018 has this path for muteAll.
registerCallAction({
  name: 'participant-mute-all-2018',
  summary: 'The same as `muteAll`',
  path: 'calls/{callId}/participants',
  action: 'mute',
  permissions: [],
  body: muteAllBody,
  example: { participants: ['4c0a0b6c-0c6c-4a8b-9a0e-0f2d6f6f1f11'], clientContext: 'order 17' },
  operation: 'muteAll',
  command: ({ body }) => ({ type: 'muteAll', ...body }),
})

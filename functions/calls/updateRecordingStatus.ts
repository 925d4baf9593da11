import { ACCESS_MEDIA, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { updateRecordingStatusBody } from '../../shared/graph/requests/updateRecordingStatusBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-update-recording-status',
  summary: 'Tells the participants whether the bot records',
  action: 'updateRecordingStatus',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, ACCESS_MEDIA] }],
  body: updateRecordingStatusBody,
  example: { status: 'recording', clientContext: 'order 17' },
  operation: 'updateRecordingStatus',
  command: ({ body }) => ({ type: 'updateRecordingStatus', ...body }),
})

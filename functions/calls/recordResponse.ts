import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { recordBody, requireOnePrompt, toRecordingSettings } from '../../shared/graph/requests/recordBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-record-response',
  action: 'recordResponse',
  formerAction: 'record',
  permissions: [ACCESS_MEDIA],
  body: recordBody,
  command: ({ body, baseUrl }) => {
    requireOnePrompt(body)
    const { prompts, bargeInAllowed, clientContext } = body
    const settings = toRecordingSettings(body)
    const recordingsUrl = `${baseUrl}/recordings`
    return { type: 'recordResponse', prompts, bargeInAllowed, settings, recordingsUrl, clientContext }
  },
})

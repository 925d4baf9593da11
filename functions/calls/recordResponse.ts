import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { measurePrompts } from '../../shared/engine/prompts.js'
import { recordBody, requireOnePrompt, toRecordingSettings } from '../../shared/graph/requests/recordBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-record-response',
  summary: 'Records what a participant says; also `record`',
  action: 'recordResponse',
  formerAction: 'record',
  permissions: [ACCESS_MEDIA],
  body: recordBody,
  example: { clientContext: 'order 17', maxSilenceTimeoutInSeconds: 1, stopTones: ['#'] },
  operation: 'recordResponse',
  command: ({ service, body, baseUrl }) => {
    requireOnePrompt(body)
    const { prompts, bargeInAllowed, clientContext } = body
    const given = { bargeInAllowed, settings: toRecordingSettings(body), clientContext }
    const recordingsUrl = `${baseUrl}/recordings`
    return measurePrompts(service, prompts, (measured) => ({
      ...given,
      type: 'recordResponse',
      prompts: measured,
      recordingsUrl,
    }))
  },
})

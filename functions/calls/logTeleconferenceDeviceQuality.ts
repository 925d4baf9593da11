import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { invalidRequest } from '../../shared/graph/errors.js'
import { deviceQualityBody } from '../../shared/graph/requests/deviceQualityBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'
import { telemetryInstruments } from '../../shared/platform/telemetry.js'

registerGraphEndpoint({
  name: 'call-log-teleconference-device-quality',
  method: 'POST',
  path: 'calls',
  action: 'logTeleconferenceDeviceQuality',
  permissions: [ACCESS_MEDIA],
  body: deviceQualityBody,
  handle: async function logDeviceQuality({ body, userAgent }) {
    // Graph: call-logteleconferencedevicequality, Request headers.
    if (!userAgent) throw invalidRequest('The header User-Agent is required.')
    for (const media of body.quality.mediaQualityList) telemetryInstruments().deviceQuality.add(1, { media })
    return { status: 200 }
  },
})

import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { invalidRequest } from '../../shared/graph/errors.js'
import { deviceQualityBody } from '../../shared/graph/requests/deviceQualityBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'
import { telemetryInstruments } from '../../shared/platform/telemetry.js'

registerGraphEndpoint({
  name: 'call-log-teleconference-device-quality',
  summary: 'Reports the media quality of a teleconference device',
  method: 'POST',
  path: 'calls',
  action: 'logTeleconferenceDeviceQuality',
  permissions: [ACCESS_MEDIA],
  body: deviceQualityBody,
  example: {
    quality: {
      callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
      participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
      mediaLegId: 'bd5bc9e2-bbd3-4ebc-8b4d-4bc3a8b8b9f1',
      deviceName: 'Room 7',
      deviceDescription: 'The device in room 7',
      mediaQualityList: [
        {
          '@odata.type': '#microsoft.graph.teleconferenceDeviceAudioQuality',
          channelIndex: 1,
          mediaDuration: 'PT20M',
          inboundPackets: 5500,
        },
      ],
    },
  },
  replies: { 200: null },
  handle: async function logDeviceQuality({ body, userAgent }) {
    // Graph: call-logteleconferencedevicequality, Request headers.
    if (!userAgent) throw invalidRequest('The header User-Agent is required.')
    for (const media of body.quality.mediaQualityList) telemetryInstruments().deviceQuality.add(1, { media })
    return { status: 200 }
  },
})

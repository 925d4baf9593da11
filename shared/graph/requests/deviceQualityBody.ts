import * as z from 'zod'
import { documentedAs, parseInside } from './parse.js'
import { guid, odataType, text, typed } from './types.js'

/** Graph documents no limit; a device has a few streams of each media type. */
const MAX_MEDIA_QUALITIES = 100
/** Much longer than a duration in days, with fractions of a second. */
const MAX_DURATION_LENGTH = 64
const MAX_PORT = 65_535

const count = z.int().min(0).optional()
const duration = z.iso
  .duration({ error: 'must be a duration in ISO 8601: PT0.03S' })
  .max(MAX_DURATION_LENGTH)
  .optional()
const percentage = z.number().min(0).max(100).optional()
const rate = z.number().min(0).optional()
const ipAddress = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address: 192.0.2.1' }).optional()
const port = z.int().min(0).max(MAX_PORT).optional()

/** Graph: teleconferenceDeviceMediaQuality. */
const mediaQuality = z.object({
  channelIndex: z.int32(),
  mediaDuration: duration,
  networkLinkSpeedInBytes: count,
  localIPAddress: ipAddress,
  localPort: port,
  remoteIPAddress: ipAddress,
  remotePort: port,
  inboundPackets: count,
  outboundPackets: count,
  averageInboundPacketLossRateInPercentage: percentage,
  averageOutboundPacketLossRateInPercentage: percentage,
  maximumInboundPacketLossRateInPercentage: percentage,
  maximumOutboundPacketLossRateInPercentage: percentage,
  averageInboundRoundTripDelay: duration,
  averageOutboundRoundTripDelay: duration,
  maximumInboundRoundTripDelay: duration,
  maximumOutboundRoundTripDelay: duration,
  averageInboundJitter: duration,
  averageOutboundJitter: duration,
  maximumInboundJitter: duration,
  maximumOutboundJitter: duration,
})
const videoQuality = mediaQuality.extend({
  averageInboundBitRate: rate,
  averageOutboundBitRate: rate,
  averageInboundFrameRate: rate,
  averageOutboundFrameRate: rate,
})

/** The subtypes of teleconferenceDeviceMediaQuality. */
const MEDIA_QUALITY_TYPES = [
  { name: 'teleconferenceDeviceAudioQuality', media: 'audio', schema: mediaQuality },
  { name: 'teleconferenceDeviceVideoQuality', media: 'video', schema: videoQuality },
  { name: 'teleconferenceDeviceScreenSharingQuality', media: 'screenSharing', schema: videoQuality },
] as const

/** Validates an entry and reads its media type, because only that is used. */
const readMediaQuality = z.looseObject({ '@odata.type': odataType }).transform((value, context): string => {
  const type = MEDIA_QUALITY_TYPES.find(({ name }) => name.toLowerCase() === value['@odata.type'])
  if (!type) {
    const message =
      'must be teleconferenceDeviceAudioQuality, teleconferenceDeviceVideoQuality or ' +
      'teleconferenceDeviceScreenSharingQuality'
    context.issues.push({ code: 'custom', input: value, path: ['@odata.type'], message })
    return z.NEVER
  }
  return parseInside<z.ZodType<object>>(type.schema, value, context) ? type.media : z.NEVER
})
const anyMediaQuality = documentedAs(
  z.union(MEDIA_QUALITY_TYPES.map(({ name, schema }) => typed(name, schema))),
  readMediaQuality,
)

/** POST calls/logTeleconferenceDeviceQuality (Graph: teleconferenceDeviceQuality) */
export const deviceQualityBody = z.object({
  quality: z.object({
    callChainId: guid,
    participantId: guid,
    mediaLegId: guid,
    deviceName: text,
    deviceDescription: text,
    mediaQualityList: z.array(anyMediaQuality).min(1).max(MAX_MEDIA_QUALITIES),
    cloudServiceName: text.optional(),
    cloudServiceInstanceName: text.optional(),
    cloudServiceDeploymentId: text.optional(),
    cloudServiceDeploymentEnvironment: text.optional(),
  }),
})

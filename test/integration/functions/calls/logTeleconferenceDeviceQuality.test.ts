import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { expect, inject, test } from 'vitest'
import { APP2019, COMMUNICATIONS, dialects, expectError, newBot } from '../../../support/scenarios.js'

const type = (name: string) => ({ '@odata.type': `#microsoft.graph.teleconferenceDevice${name}Quality` })

/** The properties of the example on the page, with those that only video and screen sharing have. */
const MEDIA = {
  channelIndex: 1,
  mediaDuration: 'PT20M',
  networkLinkSpeedInBytes: 13_000,
  localIPAddress: '127.0.0.1',
  localPort: 6300,
  remoteIPAddress: '2001:db8::1',
  remotePort: 6301,
  inboundPackets: 5500,
  outboundPackets: 5400,
  averageInboundPacketLossRateInPercentage: 0.01,
  averageOutboundPacketLossRateInPercentage: 0.02,
  maximumInboundPacketLossRateInPercentage: 0.05,
  maximumOutboundPacketLossRateInPercentage: 100,
  averageInboundRoundTripDelay: 'PT0.03S',
  averageOutboundRoundTripDelay: 'PT0.04S',
  maximumInboundRoundTripDelay: 'PT0.13S',
  maximumOutboundRoundTripDelay: 'PT0.14S',
  averageInboundJitter: 'PT0.01S',
  averageOutboundJitter: 'PT0.015S',
  maximumInboundJitter: 'PT0.023S',
  maximumOutboundJitter: 'PT0.024S',
}
const VIDEO = {
  ...MEDIA,
  averageInboundBitRate: 1024.5,
  averageOutboundBitRate: 1024,
  averageInboundFrameRate: 29.97,
  averageOutboundFrameRate: 30,
}
const QUALITY = {
  ...type(''),
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  participantId: 'EA078406B5D44D3CB85E90103DCEC7F6',
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  deviceName: 'TestAgent',
  deviceDescription: 'TestDescription',
  mediaQualityList: [
    { ...type('Audio'), ...MEDIA },
    { ...type('Video'), ...VIDEO },
    { ...type('ScreenSharing'), ...VIDEO },
  ],
  cloudServiceName: 'name',
  cloudServiceInstanceName: 'instance',
  cloudServiceDeploymentId: 'deployment',
  cloudServiceDeploymentEnvironment: null,
}
const AUDIO_ONLY = { ...QUALITY, mediaQualityList: [{ ...type('Audio'), channelIndex: 0 }] }

const PATHS = [...dialects.map(({ calls }) => calls), '/app/calls'].flatMap((calls) => [
  `${calls}/logTeleconferenceDeviceQuality`,
  `${calls}/microsoft.graph.LogTeleconferenceDeviceQuality`,
])

test.each(PATHS)('POST %s replies with 200 without a body', async (path) => {
  const bot = await newBot({ roles: 'Calls.AccessMedia.All' })
  for (const quality of [QUALITY, AUDIO_ONLY]) {
    expect(await bot.request('POST', path, { quality })).toMatchObject({ status: 200, text: '' })
  }
})

const PATH = `${COMMUNICATIONS.calls}/logTeleconferenceDeviceQuality`
const without = (name: keyof typeof QUALITY) => ({ quality: { ...QUALITY, [name]: undefined } })
const given = (rest: object) => ({ quality: { ...QUALITY, ...rest } })
const media = (rest: object) => given({ mediaQualityList: [{ ...type('Video'), ...VIDEO, ...rest }] })
const IN_LIST = 'quality.mediaQualityList[0]'

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no quality', {}, 'quality: is required.'],
  ['no callChainId', without('callChainId'), 'quality.callChainId: is required.'],
  ['no participantId', without('participantId'), 'quality.participantId: is required.'],
  ['no mediaLegId', without('mediaLegId'), 'quality.mediaLegId: is required.'],
  ['no deviceName', without('deviceName'), 'quality.deviceName: is required.'],
  ['no deviceDescription', without('deviceDescription'), 'quality.deviceDescription: is required.'],
  ['no mediaQualityList', without('mediaQualityList'), 'quality.mediaQualityList: is required.'],
  ['an id that is no GUID', given({ mediaLegId: 'x' }), 'quality.mediaLegId: is not a GUID.'],
  ['a long name', given({ deviceName: 'x'.repeat(1025) }), 'quality.deviceName: must have at most 1024 characters.'],
  ['a service that is no text', given({ cloudServiceName: 1 }), 'quality.cloudServiceName: must be a JSON string.'],
  ['an empty list', given({ mediaQualityList: [] }), 'quality.mediaQualityList: must have at least 1 item.'],
  [
    '101 entries',
    given({ mediaQualityList: Array(101).fill(AUDIO_ONLY.mediaQualityList[0]) }),
    'quality.mediaQualityList: must have at most 100 items.',
  ],
  ['an entry without a type', media({ '@odata.type': undefined }), `${IN_LIST}.@odata.type: is required.`],
  ['an unknown type', media(type('Media')), `${IN_LIST}.@odata.type: must be teleconferenceDeviceAudioQuality,`],
  ['no channelIndex', media({ channelIndex: undefined }), `${IN_LIST}.channelIndex: is required.`],
  ['a large channelIndex', media({ channelIndex: 2 ** 31 }), `${IN_LIST}.channelIndex: must be at most 2147483647.`],
  ['a number as a duration', media({ mediaDuration: 20 }), `${IN_LIST}.mediaDuration: must be a duration`],
  ['another duration', media({ averageInboundJitter: '00:00:01' }), `${IN_LIST}.averageInboundJitter: must be a dura`],
  ['a host name', media({ localIPAddress: 'localhost' }), `${IN_LIST}.localIPAddress: must be an IP address`],
  ['a port of 65,536', media({ remotePort: 65_536 }), `${IN_LIST}.remotePort: must be at most 65535.`],
  ['negative packets', media({ inboundPackets: -1 }), `${IN_LIST}.inboundPackets: must be at least 0.`],
  [
    'more than 100 %',
    media({ averageInboundPacketLossRateInPercentage: 100.5 }),
    `${IN_LIST}.averageInboundPacketLossRateInPercentage: must be at most 100.`,
  ],
  [
    'a rate that is text',
    media({ averageInboundBitRate: '1' }),
    `${IN_LIST}.averageInboundBitRate: must be a JSON num`,
  ],
]

test.each(bad)('logTeleconferenceDeviceQuality refuses %s', async (_, body, says) => {
  const bot = await newBot()
  expectError(await bot.request('POST', PATH, body), { status: 400, code: 'invalidRequest', says })
})

test('logTeleconferenceDeviceQuality refuses an empty User-Agent', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', PATH, { quality: QUALITY }, { 'user-agent': '' })
  expectError(reply, { status: 400, code: 'invalidRequest', says: 'The header User-Agent is required.' })
})

test('logTeleconferenceDeviceQuality refuses a request without User-Agent', async () => {
  const bot = await newBot()
  const headers = { authorization: `Bearer ${bot.token}`, 'content-type': 'application/json' }
  // Unlike fetch, this sends no User-Agent.
  const sent = request(`${inject('baseUrl')}${PATH}`, { method: 'POST', headers })
  sent.end(JSON.stringify({ quality: QUALITY }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  expect([response.statusCode, JSON.parse(text).error.message]).toEqual([400, 'The header User-Agent is required.'])
})

test('logTeleconferenceDeviceQuality needs the permission to access media', async () => {
  const bot = await newBot({ roles: 'Calls.Initiate.All' })
  const refused = { status: 403, code: '7504', says: 'Calls.AccessMedia.All' }
  expectError(await bot.request('POST', PATH, { quality: QUALITY }), refused)
})

test('a POST with another name in this place is the wrong method of a call', async () => {
  const bot = await newBot()
  expect((await bot.request('POST', `${APP2019.calls}/logQuality`, { quality: QUALITY })).status).toBe(405)
  expect((await bot.request('PUT', PATH)).status).toBe(405)
})

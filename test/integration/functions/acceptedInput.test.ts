import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { joinMeeting, SERVICE_HOSTED, type TestBot, user } from '../../support/bot.js'
import {
  ANSWER,
  APP,
  COMMUNICATIONS,
  callTo,
  establishMeeting,
  newBot,
  notified,
  placeCall,
} from '../../support/bots.js'

// What clients of all years and languages send, and what is understood of it.

const HASHLESS = { '@odata.type': 'microsoft.graph.serviceHostedMediaConfig' }
const PREFETCH = { uri: 'https://bot.example/beep.wav', resourceId: randomUUID() }
const { uri, ...RESOURCE } = PREFETCH

type Change = (bot: TestBot) => object
const calls: [title: string, change: Change, understood: Change][] = [
  [
    'callback for callbackUri',
    (bot) => ({ callbackUri: undefined, callback: bot.callbackUri }),
    (bot) => ({ callbackUri: bot.callbackUri }),
  ],
  ['both, and the same', (bot) => ({ callback: bot.callbackUri }), (bot) => ({ callbackUri: bot.callbackUri })],
  ['@odata.type without #', () => ({ mediaConfig: HASHLESS }), () => ({ mediaConfig: SERVICE_HOSTED })],
  [
    '@odata.type without its namespace',
    () => ({ mediaConfig: { '@odata.type': 'ServiceHostedMediaConfig' } }),
    () => ({ mediaConfig: SERVICE_HOSTED }),
  ],
  [
    '@odata.type on everything',
    (bot) => ({ '@odata.type': '#microsoft.graph.call', ...typed(bot) }),
    () => ({ state: 'establishing' }),
  ],
  [
    'PascalCase in enumerations',
    () => ({ requestedModalities: ['Audio', 'VideoBasedScreenSharing'] }),
    () => ({ requestedModalities: ['audio', 'videoBasedScreenSharing'] }),
  ],
  [
    'url for uri',
    () => ({ mediaConfig: { ...SERVICE_HOSTED, preFetchMedia: [{ url: uri, ...RESOURCE }] } }),
    () => ({ mediaConfig: { preFetchMedia: [PREFETCH] } }),
  ],
  [
    'explicit nulls',
    () => ({ subject: null, chatInfo: null, meetingInfo: null, tenantId: null, source: null, callOptions: null }),
    (bot) => ({ tenantId: bot.tenantId }),
  ],
  [
    '$id',
    () => ({ $id: '1', targets: [{ $id: '2', identity: { $id: '3', ...user('me') } }] }),
    () => ({ targets: [{ identity: user('me') }] }),
  ],
  [
    'properties that nobody knows',
    () => ({ weather: 'fine', '@odata.weather': {}, targets: [{ identity: user('me'), mood: 1 }] }),
    () => ({ targets: [{ identity: user('me') }] }),
  ],
  [
    'ids of any length and alphabet',
    () => ({ targets: [{ identity: { phone: { id: '\u20ac'.repeat(1024) } } }] }),
    () => ({ targets: [{ identity: { phone: { id: '\u20ac'.repeat(1024) } } }] }),
  ],
  [
    'an id that is no Unicode',
    () => ({ targets: [{ identity: { user: { id: 'x\ud800' } } }] }),
    () => ({ state: 'establishing' }),
  ],
  [
    'what only the service writes',
    () => ({ id: 'mine', state: 'established', direction: 'incoming', myParticipantId: 'x' }),
    () => ({ state: 'establishing', direction: 'outgoing' }),
  ],
  ['targetDisposition', () => ({ targetDisposition: 'SimultaneousRing' }), () => ({ state: 'establishing' })],
  ['a ringing time of 1', () => ({ ringingTimeoutInSeconds: 1 }), () => ({ state: 'establishing' })],
  ['a ringing time of 115', () => ({ ringingTimeoutInSeconds: 115 }), () => ({ state: 'establishing' })],
  [
    'the tenant without dashes',
    (bot) => ({ tenantId: bot.tenantId.replaceAll('-', '').toUpperCase() }),
    (bot) => ({ tenantId: bot.tenantId }),
  ],
  [
    'a telephone',
    () => ({ targets: [{ identity: { phone: { id: '+15551234567' } } }] }),
    () => ({ targets: [{ identity: { phone: { id: '+15551234567' } } }] }),
  ],
  [
    'ids of every letter',
    () => ({ targets: [{ identity: user('8:orgid/a\\b#c?d%e ü') }] }),
    () => ({ targets: [{ identity: user('8:orgid/a\\b#c?d%e ü') }] }),
  ],
  [
    'https to anywhere',
    () => ({ callbackUri: 'https://bot.example:8443/api/calls?code=1' }),
    () => ({ callbackUri: 'https://bot.example:8443/api/calls?code=1' }),
  ],
]

const typed = (bot: TestBot) => ({
  source: {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: {
      '@odata.type': '#microsoft.graph.identitySet',
      application: { '@odata.type': '#microsoft.graph.identity', id: bot.applicationId.toUpperCase() },
    },
  },
})

test.each(calls)('a call can be made with %s', async (_, change, understood) => {
  const bot = await newBot()
  const { status, body } = await bot.request('POST', COMMUNICATIONS.calls, { ...callTo(bot), ...change(bot) })

  expect(body).toMatchObject(understood(bot))
  expect(status).toBe(201)
})

const meetings: [title: string, change: object][] = [
  ['organizerMeetingInfo without #', { '@odata.type': 'microsoft.graph.organizerMeetingInfo' }],
  ['organizerMeetingInfo in capitals', { '@odata.type': '#MICROSOFT.GRAPH.ORGANIZERMEETINGINFO' }],
  ['allowConversationWithoutHost', { allowConversationWithoutHost: true }],
]

test.each(meetings)('a meeting can be joined with %s', async (_, change) => {
  const bot = await newBot()
  const body = joinMeeting(bot.callbackUri)
  const reply = await bot.request('POST', APP.calls, { ...body, meetingInfo: { ...body.meetingInfo, ...change } })

  expect(reply).toMatchObject({ status: 201, body: { meetingInfo: body.meetingInfo } })
})

const answers: [title: string, answer: Change, active: string[]][] = [
  [
    'the names of 2018',
    (bot) => ({
      callback: bot.callbackUri,
      acceptModalities: ['audio'],
      mediaConfig: { ...HASHLESS, preFetchMedia: [{ url: uri }] },
    }),
    ['audio'],
  ],
  [
    'both names, and the same values',
    (bot) => ({ callback: bot.callbackUri, callbackUri: bot.callbackUri, acceptModalities: ['audio'], ...ANSWER }),
    ['audio'],
  ],
  ['PascalCase', () => ({ ...ANSWER, acceptedModalities: ['Audio', 'Video'] }), ['audio', 'video']],
  ['no callback at all', () => ANSWER, ['audio']],
  ['no modalities', () => ({ ...ANSWER, acceptedModalities: [] }), []],
  ['explicit nulls', () => ({ ...ANSWER, callbackUri: null, clientContext: null }), ['audio']],
  ['what Ringback has no use for', () => ({ ...ANSWER, participantCapacity: 1, callOptions: {} }), ['audio']],
]

test.each(answers)('a call can be answered with %s', async (_, answer, active) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expect((await bot.request('POST', `${call}/answer`, answer(bot))).status).toBe(202)
  await bot.waitFor(3)
  expect((await bot.request('GET', call)).body).toMatchObject({ state: 'established', activeModalities: active })
})

test('an invitation can be written as in 2018, with everything in its identity', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, APP)
  const participant = {
    '@odata.type': '#microsoft.graph.participantInfo',
    endpointType: 'Default',
    identity: {
      user: { id: 'me', tenantId: randomUUID(), displayName: 'Heidi', language: 'de-DE', region: 'westeurope' },
    },
    replacesCallId: null,
  }
  await bot.request('POST', `${call}/participants/invite`, { participants: [participant] })

  await bot.waitFor(5)
  expect(notified(bot, 5).resourceData[1].info).toEqual({
    identity: { user: { id: 'me', displayName: 'Heidi' } },
    region: 'westeurope',
    languageId: 'de-DE',
  })
})

test('a body with a byte order mark and of another content type is read as the JSON that it is', async () => {
  const bot = await newBot()
  const body = `\uFEFF${JSON.stringify(callTo(bot))}\r\n`
  const reply = await bot.request('POST', COMMUNICATIONS.calls, body, { 'content-type': 'text/plain' })

  expect(reply.status).toBe(201)
})

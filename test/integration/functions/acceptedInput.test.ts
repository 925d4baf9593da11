import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  COMMUNICATIONS,
  callBody,
  establishMeeting,
  getNotification,
  newBot,
  placeCall,
} from '../../support/scenarios.js'
import { meetingBody, SERVICE_HOSTED, type TestBot, user } from '../../support/testBot.js'

// What clients of different ages and languages send, and how the service reads it.

const HASHLESS = { '@odata.type': 'microsoft.graph.serviceHostedMediaConfig' }
const PREFETCH = { uri: 'https://bot.example/beep.wav', resourceId: randomUUID() }
const { uri, ...RESOURCE } = PREFETCH

type Change = (bot: TestBot) => object
const calls: [title: string, change: Change, expected: Change][] = [
  [
    'callback for callbackUri',
    (bot) => ({ callbackUri: undefined, callback: bot.callbackUri }),
    (bot) => ({ callbackUri: bot.callbackUri }),
  ],
  [
    'both callback and callbackUri, which are equal',
    (bot) => ({ callback: bot.callbackUri }),
    (bot) => ({ callbackUri: bot.callbackUri }),
  ],
  ['@odata.type without #', () => ({ mediaConfig: HASHLESS }), () => ({ mediaConfig: SERVICE_HOSTED })],
  [
    '@odata.type without its namespace',
    () => ({ mediaConfig: { '@odata.type': 'ServiceHostedMediaConfig' } }),
    () => ({ mediaConfig: SERVICE_HOSTED }),
  ],
  [
    '@odata.type in every object',
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
    'unknown properties',
    () => ({ weather: 'fine', '@odata.weather': {}, targets: [{ identity: user('me'), mood: 1 }] }),
    () => ({ targets: [{ identity: user('me') }] }),
  ],
  [
    'ids of any length and alphabet',
    () => ({ targets: [{ identity: { guest: { id: '\u20ac'.repeat(1024) } } }] }),
    () => ({ targets: [{ identity: { guest: { id: '\u20ac'.repeat(1024) } } }] }),
  ],
  [
    'an id that is not valid Unicode',
    () => ({ targets: [{ identity: { user: { id: 'x\ud800' } } }] }),
    () => ({ state: 'establishing' }),
  ],
  [
    'read-only properties',
    () => ({ id: 'mine', state: 'established', direction: 'incoming', myParticipantId: 'x' }),
    () => ({ state: 'establishing', direction: 'outgoing' }),
  ],
  ['targetDisposition', () => ({ targetDisposition: 'SimultaneousRing' }), () => ({ state: 'establishing' })],
  ['a ringing time of 1', () => ({ ringingTimeoutInSeconds: 1 }), () => ({ state: 'establishing' })],
  ['a ringing time of 115', () => ({ ringingTimeoutInSeconds: 115 }), () => ({ state: 'establishing' })],
  [
    'the tenant id without dashes',
    (bot) => ({ tenantId: bot.tenantId.replaceAll('-', '').toUpperCase() }),
    (bot) => ({ tenantId: bot.tenantId }),
  ],
  [
    'the number of a telephone, and an application instance that calls it',
    () => ({ source: instance, targets: [{ identity: { phone: { id: '+15551234567' } } }] }),
    () => ({ source: instance, targets: [{ identity: { phone: { id: '+15551234567' } } }] }),
  ],
  [
    'an id with special characters',
    () => ({ targets: [{ identity: user('8:orgid/a\\b#c?d%e ü') }] }),
    () => ({ targets: [{ identity: user('8:orgid/a\\b#c?d%e ü') }] }),
  ],
  [
    'a callback over https with a port and a query',
    () => ({ callbackUri: 'https://bot.example:8443/api/calls?code=1' }),
    () => ({ callbackUri: 'https://bot.example:8443/api/calls?code=1' }),
  ],
]

const instance = { identity: { applicationInstance: { id: '3d913abb-aec0-4964-8fa6-3c6850c4f278' } } }

const typed = (bot: TestBot) => ({
  source: {
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: {
      '@odata.type': '#microsoft.graph.identitySet',
      application: { '@odata.type': '#microsoft.graph.identity', id: bot.applicationId.toUpperCase() },
    },
  },
})

test.each(calls)('a request to create a call accepts %s', async (_, change, expected) => {
  const bot = await newBot()
  const { status, body } = await bot.request('POST', COMMUNICATIONS.calls, { ...callBody(bot), ...change(bot) })

  expect(body).toMatchObject(expected(bot))
  expect(status).toBe(201)
})

const meetings: [title: string, change: object][] = [
  ['organizerMeetingInfo without #', { '@odata.type': 'microsoft.graph.organizerMeetingInfo' }],
  ['organizerMeetingInfo in capitals', { '@odata.type': '#MICROSOFT.GRAPH.ORGANIZERMEETINGINFO' }],
  ['allowConversationWithoutHost', { allowConversationWithoutHost: true }],
]

test.each(meetings)('a request to join a meeting accepts %s', async (_, change) => {
  const bot = await newBot()
  const body = meetingBody(bot.callbackUri)
  const reply = await bot.request('POST', APP2019.calls, { ...body, meetingInfo: { ...body.meetingInfo, ...change } })

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
    'the names of 2018 and of today, with equal values',
    (bot) => ({ callback: bot.callbackUri, callbackUri: bot.callbackUri, acceptModalities: ['audio'], ...ANSWER }),
    ['audio'],
  ],
  ['PascalCase in enumerations', () => ({ ...ANSWER, acceptedModalities: ['Audio', 'Video'] }), ['audio', 'video']],
  ['no callback', () => ANSWER, ['audio']],
  ['no modalities', () => ({ ...ANSWER, acceptedModalities: [] }), []],
  ['explicit nulls', () => ({ ...ANSWER, callbackUri: null, clientContext: null }), ['audio']],
  ['properties that Ringback does not use', () => ({ ...ANSWER, participantCapacity: 1, callOptions: {} }), ['audio']],
]

test.each(answers)('an answer accepts %s', async (_, answer, active) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expect((await bot.request('POST', `${call}/answer`, answer(bot))).status).toBe(202)
  await bot.waitFor(3)
  expect((await bot.request('GET', call)).body).toMatchObject({ state: 'established', activeModalities: active })
})

test('an invitation accepts the form of 2018, with every property in the identity', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, APP2019)
  const identity = { id: 'me', tenantId: randomUUID(), displayName: 'Heidi' }
  const participant = {
    '@odata.type': '#microsoft.graph.participantInfo',
    endpointType: 'Default',
    identity: { user: { ...identity, language: 'de-DE', region: 'westeurope' } },
    replacesCallId: null,
  }
  await bot.request('POST', `${call}/participants/invite`, { participants: [participant] })

  await bot.waitFor(5)
  expect(getNotification(bot, 5).resourceData[0].info).toEqual({
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: { user: identity },
    region: 'westeurope',
    languageId: 'de-DE',
  })
})

test('a body with a byte order mark and another content type is read as JSON', async () => {
  const bot = await newBot()
  const body = `\uFEFF${JSON.stringify(callBody(bot))}\r\n`
  const reply = await bot.request('POST', COMMUNICATIONS.calls, body, { 'content-type': 'text/plain' })

  expect(reply.status).toBe(201)
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  newBot,
  newPersonIds,
  placeCall,
  upperHex,
} from '../../support/scenarios.js'
import { fetchToken, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/testBot.js'

// Each line is one error in an otherwise valid request, and what the refusal says about it. Every such request returns
// Graph's error body, leaves the meeting of the bot unchanged and sends no notification.

let bot: TestBot
let meeting: string

beforeAll(async () => {
  bot = await startBot(inject('baseUrl'))
  meeting = await establishMeeting(bot, COMMUNICATIONS)
})
afterAll(async () => {
  // Notifications of a call that one of these requests created or changed would have come before those of this hang-up.
  await bot.request('DELETE', meeting)
  await bot.waitFor(5)
  expect(bot.received.map(({ headers }) => headers['ringback-sequence'])).toEqual(['1', '2', '3', '4', '5'])
  await bot.close()
})

async function expectRefused(path: string, body: unknown, says: string, status = 400): Promise<void> {
  const { body: before } = await bot.request('GET', meeting)
  const reply = await bot.request('POST', path, body, { 'client-request-id': 'id of the client' })
  expectError(reply, { status, code: 'invalidRequest', says })
  expect(reply.headers.get('client-request-id')).toBe('id of the client')
  expect((await bot.request('GET', meeting)).body).toEqual(before)
}

const longText = 'x'.repeat(257)
const same = user()
const [sixPeople, samePersonTwice] = [
  newPersonIds(6).map((id) => ({ identity: user(id) })),
  [{ identity: same }, { identity: same }],
]
const sameIdInTwoCases = [{ identity: user('abc') }, { identity: user('ABC') }]
const otherUrl = 'https://elsewhere.example/'
const organizer = { user: { id: randomUUID() } }
const makeMeeting = (type: string, rest: object = {}) => ({
  targets: [],
  meetingInfo: { '@odata.type': type, ...rest },
})
const makeMediaConfig = (rest: object) => ({ mediaConfig: { ...SERVICE_HOSTED, ...rest } })

type Case = [title: string, body: string | object, says: string]

const notJson: Case[] = [
  ['a body that ends too soon', '{"callbackUri":', 'The request body is not valid JSON'],
  ['a form', 'callbackUri=https%3A%2F%2Fbot.example', 'The request body is not valid JSON'],
  ['an empty body', '', 'The request body: is required.'],
  ['the literal null', 'null', 'The request body: is required.'],
  ['an array', '[]', 'The request body: must be a JSON object.'],
  ['a string', '"call"', 'The request body: must be a JSON object.'],
  ['a body nested 9999 levels deep', `${'['.repeat(9999)}${']'.repeat(9999)}`, 'nested more than 64 levels deep'],
]
test.each(notJson)('a call cannot be created with %s', (_, body, says) =>
  expectRefused(COMMUNICATIONS.calls, body, says),
)
test.each(notJson)('a call cannot be answered with %s', (_, body, says) =>
  expectRefused(`${meeting}/answer`, body, says),
)
test.each(notJson)('an invitation cannot be sent with %s', (_, body, says) =>
  expectRefused(`${meeting}/participants/invite`, body, says),
)

const badCallbacks: Case[] = [
  ['that is a number', { callbackUri: 5 }, 'callbackUri: must be a JSON string.'],
  ['that is empty', { callbackUri: '' }, 'callbackUri: must be an absolute URL'],
  ['that is only a path', { callbackUri: '/api/calls' }, 'callbackUri: must be an absolute URL'],
  ['over http to another host', { callbackUri: 'http://bot.example/' }, 'callbackUri: must be https'],
  ['over http to a private network', { callbackUri: 'http://10.0.0.1/' }, 'callbackUri: must be https'],
  ['over http to a name like loopback', { callbackUri: 'http://localhost.bot.example/' }, 'callbackUri: must be https'],
  ['over ftp', { callbackUri: 'ftp://127.0.0.1/' }, 'callbackUri: must be https'],
  [
    'with a user and a password',
    { callbackUri: 'https://me:pw@bot.example/' },
    'callbackUri: must not contain credentials.',
  ],
  ['with only a user', { callbackUri: 'https://me@bot.example/' }, 'callbackUri: must not contain credentials.'],
  [
    'of more than 2048 characters',
    { callbackUri: `https://bot.example/${'x'.repeat(2048)}` },
    'callbackUri: must have at most 2048 characters.',
  ],
  ['with port 0', { callbackUri: 'https://bot.example:0/' }, 'callbackUri: must have a port from 1 to 65535.'],
  ['with port 65536', { callbackUri: 'https://bot.example:65536/' }, 'callbackUri: must have a port from 1 to 65535.'],
  ['with an empty label in its host', { callbackUri: 'https://a..b/' }, 'callbackUri: has the host "a..b"'],
  ['with a host that is not Punycode', { callbackUri: 'https://xn--/' }, 'callbackUri: has the host "xn--"'],
  [
    'that differs from callback',
    { callbackUri: otherUrl, callback: 'https://bot.example/' },
    'callbackUri: differs from callback',
  ],
  [
    'that is called callback and is not a URL',
    { callbackUri: undefined, callback: 'here' },
    'callback: must be an absolute URL',
  ],
  ['that is a number, sent as callback', { callbackUri: undefined, callback: 5 }, 'callback: must be a JSON string.'],
]
const badModalities: Case[] = [
  ['an unknown modality', ['smell'], '[0]: must be one of audio, video'],
  ['a number in the list', ['audio', 1], '[1]: must be a JSON string.'],
  ['a string instead of a list', 'audio', ': must be a JSON array.'],
]
const badMedia: Case[] = [
  ['of no type', { mediaConfig: {} }, 'mediaConfig.@odata.type: is required.'],
  [
    'of an unknown type',
    { mediaConfig: { '@odata.type': '#microsoft.graph.call' } },
    'mediaConfig.@odata.type: must be',
  ],
  [
    'with a text as removeFromDefaultAudioGroup',
    makeMediaConfig({ removeFromDefaultAudioGroup: 'yes' }),
    'mediaConfig.removeFromDefaultAudioGroup: must be a JSON boolean.',
  ],
  [
    'with a number as url',
    makeMediaConfig({ preFetchMedia: [{ url: 5 }] }),
    'preFetchMedia[0].url: must be a JSON string.',
  ],
  [
    'with an object instead of a list',
    makeMediaConfig({ preFetchMedia: {} }),
    'mediaConfig.preFetchMedia: must be a JSON array.',
  ],
  [
    'without the address of a medium',
    makeMediaConfig({ preFetchMedia: [{}] }),
    'mediaConfig.preFetchMedia[0].uri: is required.',
  ],
  [
    'with two addresses of the same medium',
    makeMediaConfig({ preFetchMedia: [{ uri: 'a', url: 'b' }] }),
    'preFetchMedia[0].uri: differs from url',
  ],
]
const badPeople: Case[] = [
  ['a string instead of a list', 'Heidi', ': must be a JSON array.'],
  ['null in the list', [null], '[0]: is required.'],
  ['six people', sixPeople, ': must have at most 5 items.'],
  ['the same person twice', samePersonTwice, `[1].identity: ${same.user.id} is in this list twice.`],
  ['the same person twice in different case', sameIdInTwoCases, '[1].identity: ABC is in this list twice.'],
  ['an empty object in the list', [{}], '[0].identity: is required.'],
  [
    'an identity set with a user and a phone',
    [{ identity: { ...user(), phone: { id: '+15551234' } } }],
    '[0].identity: must hold one identity, not user and phone.',
  ],
  [
    'an identity set with a guest and an application',
    [{ identity: { application: { id: 'one' }, guest: { id: 'ONE' } } }],
    '[0].identity: must hold one identity, not application and guest.',
  ],
  ['an empty identity', [{ identity: {} }], '[0].identity: must hold one of user, application'],
  ['a user without an id', [{ identity: { user: {} } }], '[0].identity.user.id: is required.'],
  [
    'a user with an empty id',
    [{ identity: { user: { id: '' } } }],
    '[0].identity.user.id: must have at least 1 character.',
  ],
  ['a user with a number as id', [{ identity: { user: { id: 7 } } }], '[0].identity.user.id: must be a JSON string.'],
  ['a region that is a number', [{ identity: user(), region: 1 }], '[0].region: must be a JSON string.'],
  [
    'a user with a number as identityProvider',
    [{ identity: { user: { ...user().user, identityProvider: 1 } } }],
    '[0].identity.user.identityProvider: must be a JSON string.',
  ],
  ['a bad participantId', [{ identity: user(), participantId: 'x' }], '[0].participantId: is not a GUID.'],
  [
    'an unknown endpoint',
    [{ identity: user(), endpointType: 'x' }],
    '[0].endpointType: must be one of default, voicemail',
  ],
  [
    'a list wrapped in $values',
    { $id: '1', $values: [{ identity: user() }] },
    ': an array must not be wrapped in $values.',
  ],
]

const badCalls: Case[] = [
  ['no callbackUri', { callbackUri: undefined }, 'callbackUri: is required.'],
  ['null as callbackUri', { callbackUri: null }, 'callbackUri: is required.'],
  ...badCallbacks.map(([title, body, says]): Case => [`a callbackUri ${title}`, body, says]),
  ...badModalities.map(
    ([title, list, says]): Case => [
      `bad modalities: ${title}`,
      { requestedModalities: list },
      `requestedModalities${says}`,
    ],
  ),
  ['neither people to call nor a meeting', { targets: [] }, 'targets: is required'],
  [
    'people to call and a meeting',
    { meetingInfo: { '@odata.type': 'tokenMeetingInfo', token: 't' } },
    'targets: must not be given together with meetingInfo.',
  ],
  ...badPeople.map(([title, list, says]): Case => [`bad targets: ${title}`, { targets: list }, `targets${says}`]),
  ['no mediaConfig for a person to call', { mediaConfig: undefined }, 'mediaConfig: is required.'],
  [
    'modalities but no mediaConfig for a meeting to join',
    { ...makeMeeting('tokenMeetingInfo', { token: 't' }), mediaConfig: undefined, requestedModalities: ['audio'] },
    'mediaConfig: is required.',
  ],
  ...badMedia.map(([title, body, says]): Case => [`a mediaConfig ${title}`, body, says]),
  [
    'a meeting without its chat',
    makeMeeting('organizerMeetingInfo', { organizer }),
    'chatInfo: is required to join this meeting.',
  ],
  ['a meeting without an organizer', makeMeeting('organizerMeetingInfo'), 'meetingInfo.organizer: is required.'],
  ['a meeting whose token is missing', makeMeeting('tokenMeetingInfo'), 'meetingInfo.token: is required.'],
  ['a meeting whose id is missing', makeMeeting('joinMeetingIdMeetingInfo'), 'meetingInfo.joinMeetingId: is required.'],
  ['a meeting of no type', { targets: [], meetingInfo: {} }, 'meetingInfo.@odata.type: is required.'],
  ['a meeting of an unknown type', makeMeeting('call'), 'meetingInfo.@odata.type: must be organizerMeetingInfo'],
  [
    'a meeting whose type is a property of every JavaScript object',
    makeMeeting('constructor'),
    'meetingInfo.@odata.type: must be organizerMeetingInfo',
  ],
  ['a ringing time of 0', { ringingTimeoutInSeconds: 0 }, 'ringingTimeoutInSeconds: must be at least 1'],
  ['a ringing time of 116', { ringingTimeoutInSeconds: 116 }, 'ringingTimeoutInSeconds: must be at most 115'],
  ['a ringing time of 1.5 seconds', { ringingTimeoutInSeconds: 1.5 }, 'ringingTimeoutInSeconds: '],
  ['a ringing time in quotes', { ringingTimeoutInSeconds: '30' }, 'ringingTimeoutInSeconds: must be a JSON number.'],
  ['an unknown disposition', { targetDisposition: 'wave' }, 'targetDisposition: must be one of default'],
  ['a tenant that is not a GUID', { tenantId: 'contoso' }, 'tenantId: is not a GUID.'],
  ['a subject of 1025 characters', { subject: 'x'.repeat(1025) }, 'subject: must have at most 1024 characters.'],
  [
    'another application as its source',
    { source: { identity: { application: { id: randomUUID() } } } },
    'source.identity.application.id: ',
  ],
]
test.each(badCalls)('a call cannot be created with %s', (_, change, says) =>
  expectRefused(COMMUNICATIONS.calls, { ...callBody(bot), ...(change as object) }, says),
)

const badAnswers: Case[] = [
  ...badCallbacks.map(([title, body, says]): Case => [`a callbackUri ${title}`, body, says]),
  ['no modalities', { acceptedModalities: undefined }, 'acceptedModalities: is required.'],
  ...badModalities.map(
    ([title, list, says]): Case => [
      `bad modalities: ${title}`,
      { acceptedModalities: list },
      `acceptedModalities${says}`,
    ],
  ),
  ...badModalities.map(
    ([title, list, says]): Case => [
      `modalities sent as acceptModalities: ${title}`,
      { acceptedModalities: undefined, acceptModalities: list },
      `acceptModalities${says}`,
    ],
  ),
  [
    'different values for acceptedModalities and acceptModalities',
    { acceptModalities: ['video'] },
    'acceptedModalities: differs from acceptModalities',
  ],
  ['no mediaConfig', { mediaConfig: undefined }, 'mediaConfig: is required.'],
  ...badMedia.map(([title, body, says]): Case => [`a mediaConfig ${title}`, body, says]),
  [
    'a clientContext of 257 characters',
    { clientContext: longText },
    'clientContext: must have at most 256 characters.',
  ],
]
test.each(badCallbacks.filter(([, body]) => !('callback' in (body as object))))(
  'a call cannot be rejected with a callbackUri %s',
  (_, change, says) => expectRefused(`${meeting}/reject`, { reason: 'none', ...(change as object) }, says),
)
test.each(badAnswers)('a call cannot be answered with %s', (_, change, says) =>
  expectRefused(`${meeting}/answer`, { ...ANSWER, ...(change as object) }, says),
)

const badInvitations: Case[] = [
  ['no participants', { participants: undefined }, 'participants: is required.'],
  ['an empty list', { participants: [] }, 'participants: must have at least 1 item.'],
  ...badPeople.map(
    ([title, list, says]): Case => [`bad participants: ${title}`, { participants: list }, `participants${says}`],
  ),
  [
    'a clientContext of 257 characters',
    { clientContext: longText },
    'clientContext: must have at most 256 characters.',
  ],
  ['a clientContext that is a number', { clientContext: 1 }, 'clientContext: must be a JSON string.'],
]
test.each(badInvitations)('an invitation cannot be sent with %s', (_, change, says) =>
  expectRefused(
    `${meeting}/participants/invite`,
    { participants: [{ identity: user() }], ...(change as object) },
    says,
  ),
)

test.each([
  ['callback', COMMUNICATIONS.calls, { callback: 'here' }],
  ['callbackUri', COMMUNICATIONS.calls, { callbackUri: 'here' }],
])('an error starts with the property as the client spells it: %s', async (name, path, address) => {
  const reply = await bot.request('POST', path, { ...callBody(bot), callbackUri: undefined, ...address })
  expect(reply.body.error.message).toMatch(new RegExp(`^${name}: must be an absolute URL`))
})

test('a refusal names every property that is wrong', () =>
  expectRefused(
    COMMUNICATIONS.calls,
    { callbackUri: 1, targets: 'x', mediaConfig: [] },
    [
      'callbackUri: must be a JSON string.',
      'targets: must be a JSON array.',
      'mediaConfig: must be a JSON object.',
    ].join(' '),
  ))

test('a body of more than 256 KiB returns 413', () =>
  expectRefused(
    COMMUNICATIONS.calls,
    { ...callBody(bot), padding: 'x'.repeat(256 * 1024) },
    'larger than 262144 bytes',
    413,
  ))

test('a body that is not UTF-8 returns 400', async () => {
  const body = Buffer.from(JSON.stringify({ ...callBody(bot), subject: 'Grüße' }), 'latin1')
  const token = await fetchToken(inject('baseUrl'), bot)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${inject('baseUrl')}${COMMUNICATIONS.calls}`, { method: 'POST', headers, body })
  const text = await response.text()

  expectError(
    { status: response.status, headers: response.headers, text, body: JSON.parse(text) },
    { status: 400, code: 'invalidRequest', says: 'not valid UTF-8' },
  )
})

// Requests that are valid, but do not fit the state of the call.

test.each(dialects)('$dialect: a second answer returns 409 and changes nothing', async ({ calls, dialect }) => {
  const otherBot = await newBot({ registered: dialect })
  const call = `${calls}/${await placeCall(otherBot)}`
  await otherBot.request('POST', `${call}/answer`, ANSWER)
  await otherBot.waitFor(3)
  const { body: before } = await otherBot.request('GET', call)

  expectError(await otherBot.request('POST', `${call}/answer`, ANSWER), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is established; answer needs a call that is incoming.',
  })
  expect((await otherBot.request('GET', call)).body).toEqual(before)
  await otherBot.request('DELETE', call)
  await otherBot.waitFor(4)
  expect(otherBot.received[3]?.headers['ringback-sequence']).toBe('4')
})

test.each(dialects)('$dialect: an outgoing call cannot be answered', async (dialect) => {
  const otherBot = await newBot()
  const call = await establishCall(otherBot, dialect)

  expectError(await otherBot.request('POST', `${call}/answer`, ANSWER), {
    status: 409,
    code: 'notAllowed',
    says: 'answer',
  })
})

test.each(dialects)('$dialect: an incoming call refuses an invitation', async ({ calls, dialect }) => {
  const otherBot = await newBot({ registered: dialect })
  const call = `${calls}/${await placeCall(otherBot)}`
  const body = { participants: [{ identity: user() }] }

  expectError(await otherBot.request('POST', `${call}/participants/invite`, body), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is incoming; invite needs a call that is established.',
  })
})

test.each(dialects)('$dialect: a call that has ended accepts neither an answer nor an invitation', async (dialect) => {
  const otherBot = await newBot()
  const call = await establishMeeting(otherBot, dialect)
  await otherBot.request('DELETE', call)
  const ended = { status: 404, code: '8522', says: 'Call not found.' }

  expectError(await otherBot.request('POST', `${call}/answer`, ANSWER), ended)
  expectError(
    await otherBot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] }),
    ended,
  )
})

test.each(dialects)(
  '$dialect: a call that never existed accepts neither an answer nor an invitation nor a hang-up',
  async ({ calls }) => {
    const unknown = `${calls}/${upperHex(randomUUID())}`
    const never = { status: 404, code: '8522', says: 'Call not found.' }

    expectError(await bot.request('POST', `${unknown}/answer`, ANSWER), never)
    expectError(
      await bot.request('POST', `${unknown}/participants/invite`, { participants: [{ identity: user() }] }),
      never,
    )
    expectError(await bot.request('DELETE', unknown), never)
  },
)

test.each(dialects)('$dialect: a person who is in the call cannot be invited again', async (dialect) => {
  const otherBot = await newBot()
  const call = await establishMeeting(otherBot, dialect)
  const body = { participants: [{ identity: user() }] }
  await otherBot.request('POST', `${call}/participants/invite`, body)
  await otherBot.waitFor(5)
  const { body: before } = await otherBot.request('GET', `${call}/participants`)

  expectError(await otherBot.request('POST', `${call}/participants/invite`, body), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[0].identity',
  })
  expect((await otherBot.request('GET', `${call}/participants`)).body).toEqual(before)
})

test('an invitation of several people is refused as a whole when one of them is already in the call', async () => {
  const otherBot = await newBot()
  const call = await establishMeeting(otherBot, COMMUNICATIONS)
  const [present = '', absent = ''] = newPersonIds(2)
  const path = `${call}/participants/invite`
  await otherBot.request('POST', path, { participants: [{ identity: user(present) }] })
  await otherBot.waitFor(5)
  const both = { participants: [{ identity: user(absent) }, { identity: user(present) }] }

  expectError(await otherBot.request('POST', path, both), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[1].identity',
  })
  await otherBot.request('POST', path, { participants: [{ identity: user(absent) }] })
  await otherBot.waitFor(7)
  expect(otherBot.flow().slice(5)).toEqual(['deleted operations completed', 'updated participants 3'])
})

test.each(dialects)('$dialect: a peer-to-peer call refuses an invitation of several people', async (dialect) => {
  const otherBot = await newBot()
  const call = await establishCall(otherBot, dialect)
  const path = `${call}/participants/invite`
  const before = otherBot.received.length

  const both = { participants: newPersonIds(2).map((id) => ({ identity: user(id) })) }
  expectError(await otherBot.request('POST', path, both), {
    status: 400,
    code: 'invalidRequest',
    says: 'participants: has 2 items',
  })
  await otherBot.request('POST', path, { participants: both.participants.slice(0, 1) })
  await otherBot.waitFor(before + 2)
  expect(otherBot.flow().slice(before)).toEqual(['deleted operations completed', 'updated participants 3'])
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { fetchToken, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/bot.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callTo,
  create,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  newBot,
  newPeople,
  placeCall,
  upperHex,
} from '../../support/bots.js'

// Each line is one thing to get wrong in an otherwise good request, and what the refusal says about it. Whatever it is: the
// request is answered with Graph's error body, the meeting that the bot is in stays as it was, and nobody is told anything.

let bot: TestBot
let meeting: string

beforeAll(async () => {
  bot = await startBot(inject('baseUrl'))
  meeting = await establishMeeting(bot, COMMUNICATIONS)
})
afterAll(async () => {
  // Had any of these requests made or changed a call, its notifications would have come before those of this one.
  await bot.request('DELETE', meeting)
  await bot.waitFor(5)
  expect(bot.received.map(({ headers }) => headers['ringback-sequence'])).toEqual(['1', '2', '3', '4', '5'])
  await bot.close()
})

async function expectRefused(path: string, body: unknown, says: string, status = 400): Promise<void> {
  const { body: before } = await bot.request('GET', meeting)
  const reply = await bot.request('POST', path, body, { 'client-request-id': 'to find it again' })
  expectError(reply, { status, code: 'invalidRequest', says })
  expect(reply.headers.get('client-request-id')).toBe('to find it again')
  expect((await bot.request('GET', meeting)).body).toEqual(before)
}

const longText = 'x'.repeat(257)
const same = user()
const [six, twice] = [newPeople(6).map((id) => ({ identity: user(id) })), [{ identity: same }, { identity: same }]]
const caseTwice = [{ identity: user('abc') }, { identity: user('ABC') }]
const elsewhere = 'https://elsewhere.example/'
const organizer = { user: { id: randomUUID() } }
const meet = (type: string, rest: object = {}) => ({ targets: [], meetingInfo: { '@odata.type': type, ...rest } })
const media = (rest: object) => ({ mediaConfig: { ...SERVICE_HOSTED, ...rest } })

type Case = [title: string, body: string | object, says: string]

const notJson: Case[] = [
  ['a body that ends too soon', '{"callbackUri":', 'The request body is not valid JSON'],
  ['a form', 'callbackUri=https%3A%2F%2Fbot.example', 'The request body is not valid JSON'],
  ['an empty body', '', 'The request body: is required.'],
  ['the literal null', 'null', 'The request body: is required.'],
  ['an array', '[]', 'The request body: must be a JSON object.'],
  ['a text', '"call"', 'The request body: must be a JSON object.'],
  ['a body nested without end', `${'['.repeat(9999)}${']'.repeat(9999)}`, 'nested more than 64 levels deep'],
]
test.each(notJson)('a call cannot be made with %s', (_, body, says) => expectRefused(COMMUNICATIONS.calls, body, says))
test.each(notJson)('a call cannot be answered with %s', (_, body, says) =>
  expectRefused(`${meeting}/answer`, body, says),
)
test.each(notJson)('nobody can be invited with %s', (_, body, says) =>
  expectRefused(`${meeting}/participants/invite`, body, says),
)

const badAddresses: Case[] = [
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
  ['with a user alone', { callbackUri: 'https://me@bot.example/' }, 'callbackUri: must not contain credentials.'],
  ['without end', { callbackUri: `https://bot.example/${'x'.repeat(2048)}` }, 'callbackUri: must be an absolute URL'],
  [
    'that differs from callback',
    { callbackUri: elsewhere, callback: 'https://bot.example/' },
    'callbackUri: differs from callback',
  ],
  [
    'that is called callback and is none',
    { callbackUri: undefined, callback: 'here' },
    'callbackUri: is not an absolute',
  ],
]
const badModalities: Case[] = [
  ['one that is unknown', ['smell'], '[0]: must be one of audio, video'],
  ['one that is a number', ['audio', 1], '[1]: must be a JSON string.'],
  ['a text in place of a list', 'audio', ': must be a JSON array.'],
]
const badMedia: Case[] = [
  ['of no type', { mediaConfig: {} }, 'mediaConfig.@odata.type: is required.'],
  [
    'of an unknown type',
    { mediaConfig: { '@odata.type': '#microsoft.graph.call' } },
    'mediaConfig.@odata.type: must be',
  ],
  ['with a list that is none', media({ preFetchMedia: {} }), 'mediaConfig.preFetchMedia: must be a JSON array.'],
  ['with a medium without address', media({ preFetchMedia: [{}] }), 'mediaConfig.preFetchMedia[0].uri: is required.'],
  [
    'with two addresses for one',
    media({ preFetchMedia: [{ uri: 'a', url: 'b' }] }),
    'preFetchMedia[0].uri: differs from url',
  ],
]
const badPeople: Case[] = [
  ['a text', 'Heidi', ': must be a JSON array.'],
  ['nothing', [null], '[0]: is required.'],
  ['six', six, ': must have at most 5 items.'],
  ['one twice', twice, `[1].identity: ${same.user.id} is in this list twice.`],
  ['one twice in another case', caseTwice, '[1].identity: ABC is in this list twice.'],
  ['nobody', [{}], '[0].identity: is required.'],
  ['an empty identity', [{ identity: {} }], '[0].identity: must hold one of user, application'],
  ['a user without an id', [{ identity: { user: {} } }], '[0].identity.user.id: is required.'],
  [
    'a user with an empty id',
    [{ identity: { user: { id: '' } } }],
    '[0].identity.user.id: must have at least 1 character.',
  ],
  ['a user with a number as id', [{ identity: { user: { id: 7 } } }], '[0].identity.user.id: must be a JSON string.'],
  ['a region that is none', [{ identity: user(), region: 1 }], '[0].region: must be a JSON string.'],
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
  ...badAddresses.map(([title, body, says]): Case => [`a callbackUri ${title}`, body, says]),
  ...badModalities.map(
    ([title, list, says]): Case => [
      `modalities: ${title}`,
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
  ...badPeople.map(([title, list, says]): Case => [`targets: ${title}`, { targets: list }, `targets${says}`]),
  ['no media to call somebody', { mediaConfig: undefined }, 'mediaConfig: is required.'],
  [
    'modalities but no media to join a meeting',
    { ...meet('tokenMeetingInfo', { token: 't' }), mediaConfig: undefined, requestedModalities: ['audio'] },
    'mediaConfig: is required.',
  ],
  ...badMedia.map(([title, body, says]): Case => [`media ${title}`, body, says]),
  [
    'a meeting without its chat',
    meet('organizerMeetingInfo', { organizer }),
    'chatInfo: is required to join this meeting.',
  ],
  ['a meeting without organizer', meet('organizerMeetingInfo'), 'meetingInfo.organizer: is required.'],
  ['a meeting whose token is missing', meet('tokenMeetingInfo'), 'meetingInfo.token: is required.'],
  ['a meeting whose id is missing', meet('joinMeetingIdMeetingInfo'), 'meetingInfo.joinMeetingId: is required.'],
  ['a meeting of no type', { targets: [], meetingInfo: {} }, 'meetingInfo.@odata.type: is required.'],
  ['a meeting of an unknown type', meet('call'), 'meetingInfo.@odata.type: must be organizerMeetingInfo'],
  [
    'a meeting of a type that is a word of JavaScript',
    meet('constructor'),
    'meetingInfo.@odata.type: must be organizerMeetingInfo',
  ],
  ['a ringing time of 0', { ringingTimeoutInSeconds: 0 }, 'ringingTimeoutInSeconds: must be at least 1'],
  ['a ringing time of 116', { ringingTimeoutInSeconds: 116 }, 'ringingTimeoutInSeconds: must be at most 115'],
  ['a ringing time of a second and a half', { ringingTimeoutInSeconds: 1.5 }, 'ringingTimeoutInSeconds: '],
  ['a ringing time in quotes', { ringingTimeoutInSeconds: '30' }, 'ringingTimeoutInSeconds: must be a JSON number.'],
  ['an unknown disposition', { targetDisposition: 'wave' }, 'targetDisposition: must be one of default'],
  ['a tenant that is no GUID', { tenantId: 'contoso' }, 'tenantId: is not a GUID.'],
  ['a subject without end', { subject: 'x'.repeat(1025) }, 'subject: must have at most 1024 characters.'],
  [
    'another application as its source',
    { source: { identity: { application: { id: randomUUID() } } } },
    'source.identity.application.id: ',
  ],
]
test.each(badCalls)('a call cannot be made with %s', (_, change, says) =>
  expectRefused(COMMUNICATIONS.calls, { ...callTo(bot), ...(change as object) }, says),
)

const badAnswers: Case[] = [
  ...badAddresses.map(([title, body, says]): Case => [`a callbackUri ${title}`, body, says]),
  ['no modalities', { acceptedModalities: undefined }, 'acceptedModalities: is required.'],
  ...badModalities.map(
    ([title, list, says]): Case => [`modalities: ${title}`, { acceptedModalities: list }, `acceptedModalities${says}`],
  ),
  ['two kinds of modalities', { acceptModalities: ['video'] }, 'acceptedModalities: differs from acceptModalities'],
  ['no media', { mediaConfig: undefined }, 'mediaConfig: is required.'],
  ...badMedia.map(([title, body, says]): Case => [`media ${title}`, body, says]),
  [
    'a clientContext of 257 characters',
    { clientContext: longText },
    'clientContext: must have at most 256 characters.',
  ],
]
test.each(badAnswers)('a call cannot be answered with %s', (_, change, says) =>
  expectRefused(`${meeting}/answer`, { ...ANSWER, ...(change as object) }, says),
)

const badInvitations: Case[] = [
  ['no participants', { participants: undefined }, 'participants: is required.'],
  ['an empty list', { participants: [] }, 'participants: must have at least 1 item.'],
  ...badPeople.map(
    ([title, list, says]): Case => [`participants: ${title}`, { participants: list }, `participants${says}`],
  ),
  [
    'a clientContext of 257 characters',
    { clientContext: longText },
    'clientContext: must have at most 256 characters.',
  ],
  ['a clientContext that is a number', { clientContext: 1 }, 'clientContext: must be a JSON string.'],
]
test.each(badInvitations)('nobody can be invited with %s', (_, change, says) =>
  expectRefused(
    `${meeting}/participants/invite`,
    { participants: [{ identity: user() }], ...(change as object) },
    says,
  ),
)

test('every property that is wrong is named at once', () =>
  expectRefused(
    COMMUNICATIONS.calls,
    { callbackUri: 1, targets: 'x', mediaConfig: [] },
    [
      'callbackUri: must be a JSON string.',
      'targets: must be a JSON array.',
      'mediaConfig: must be a JSON object.',
    ].join(' '),
  ))

test('a body of more than 256 KiB is 413', () =>
  expectRefused(
    COMMUNICATIONS.calls,
    { ...callTo(bot), padding: 'x'.repeat(256 * 1024) },
    'larger than 262144 bytes',
    413,
  ))

test('a body that is not UTF-8 is 400', async () => {
  const body = Buffer.from(JSON.stringify({ ...callTo(bot), subject: 'Grüße' }), 'latin1')
  const token = await fetchToken(inject('baseUrl'), bot)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${inject('baseUrl')}${COMMUNICATIONS.calls}`, { method: 'POST', headers, body })
  const text = await response.text()

  expectError(
    { status: response.status, headers: response.headers, text, body: JSON.parse(text) },
    { status: 400, code: 'invalidRequest', says: 'not valid UTF-8' },
  )
})

// What is good in itself, but does not fit the state of the call.

test.each(dialects)('$dialect: a call is answered once; the second time it is 409', async ({ calls, dialect }) => {
  const one = await newBot({ registered: dialect })
  const call = `${calls}/${await placeCall(one)}`
  await one.request('POST', `${call}/answer`, ANSWER)
  await one.waitFor(3)
  const { body: before } = await one.request('GET', call)

  expectError(await one.request('POST', `${call}/answer`, ANSWER), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is established; answer needs a call that is incoming.',
  })
  expect((await one.request('GET', call)).body).toEqual(before)
  await one.request('DELETE', call)
  await one.waitFor(4)
  expect(one.received[3]?.headers['ringback-sequence']).toBe('4')
})

test.each(dialects)('$dialect: an outgoing call cannot be answered', async (dialect) => {
  const one = await newBot()
  const call = await establishCall(one, dialect)

  expectError(await one.request('POST', `${call}/answer`, ANSWER), { status: 409, code: 'notAllowed', says: 'answer' })
})

test.each(dialects)('$dialect: nobody can be invited while the bot is being called', async ({ calls, dialect }) => {
  const one = await newBot({ registered: dialect })
  const call = `${calls}/${await placeCall(one)}`
  const body = { participants: [{ identity: user() }] }

  expectError(await one.request('POST', `${call}/participants/invite`, body), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is incoming; invite needs a call that is established.',
  })
})

test.each(dialects)('$dialect: a call that has ended takes neither an answer nor an invitation', async (dialect) => {
  const one = await newBot()
  const call = await establishMeeting(one, dialect)
  await one.request('DELETE', call)
  const ended = { status: 404, code: '8522', says: 'Call not found.' }

  expectError(await one.request('POST', `${call}/answer`, ANSWER), ended)
  expectError(await one.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] }), ended)
})

test.each(dialects)('$dialect: a call that never was takes neither an answer nor an invitation', async ({ calls }) => {
  const unknown = `${calls}/${upperHex(randomUUID())}`
  const never = { status: 404, code: '8522', says: 'Call not found.' }

  expectError(await bot.request('POST', `${unknown}/answer`, ANSWER), never)
  expectError(
    await bot.request('POST', `${unknown}/participants/invite`, { participants: [{ identity: user() }] }),
    never,
  )
  expectError(await bot.request('DELETE', unknown), never)
})

test.each(dialects)('$dialect: somebody who is in the call cannot be invited again', async (dialect) => {
  const one = await newBot()
  const call = await establishMeeting(one, dialect)
  const body = { participants: [{ identity: user() }] }
  await one.request('POST', `${call}/participants/invite`, body)
  await one.waitFor(5)
  const { body: before } = await one.request('GET', `${call}/participants`)

  expectError(await one.request('POST', `${call}/participants/invite`, body), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[0].identity',
  })
  expect((await one.request('GET', `${call}/participants`)).body).toEqual(before)
})

test('of several who are invited, one who is in the call already keeps the others out, too', async () => {
  const one = await newBot()
  const call = await establishMeeting(one, COMMUNICATIONS)
  const [present = '', absent = ''] = newPeople(2)
  const path = `${call}/participants/invite`
  await one.request('POST', path, { participants: [{ identity: user(present) }] })
  await one.waitFor(5)
  const both = { participants: [{ identity: user(absent) }, { identity: user(present) }] }

  expectError(await one.request('POST', path, both), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[1].identity',
  })
  await one.request('POST', path, { participants: [{ identity: user(absent) }] })
  await one.waitFor(7)
  expect(one.flow().slice(5)).toEqual(['deleted operations completed', 'updated participants 3'])
})

test('communications: nobody can be invited into a peer-to-peer call without chatInfo', async () => {
  const one = await newBot()
  const call = await create(one, COMMUNICATIONS, callTo(one))
  await one.waitFor(2)

  expectError(await one.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] }), {
    status: 400,
    code: 'invalidRequest',
    says: 'chatInfo',
  })
})

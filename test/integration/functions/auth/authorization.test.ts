import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, expect, inject, test } from 'vitest'
import { fileKeySource } from '../../../../shared/auth/keys/fileKeySource.js'
import { KeyRing } from '../../../../shared/auth/keys/keyRing.js'
import type { SigningKey } from '../../../../shared/auth/keys/signingKey.js'
import { ANSWER, callBody, expectError, groupCallBody, newBot, newPersonIds } from '../../../support/scenarios.js'
import { fetchToken, meetingBody, SERVICE_HOSTED, send, user } from '../../../support/testBot.js'

const baseUrl = inject('baseUrl')
/** The key of the service, with which the test signs tokens that the service would never issue. */
let key: SigningKey
beforeAll(async () => {
  // The service creates its key with the first token.
  await fetchValidToken()
  key = await new KeyRing(fileKeySource(inject('keys'), 'access')).getSigningKey(Date.now())
})

const CALLS = '/v1.0/communications/calls'
const applicationId = randomUUID()
const tenantId = randomUUID()
const fetchValidToken = () => fetchToken(baseUrl, { tenantId, applicationId })
/** Returns the claims of a valid token, of which each case changes one. */
const readValidClaims = async () => {
  const { iat: _iat, nbf: _nbf, exp: _exp, ...rest } = decodeJwt(await fetchValidToken())
  return rest
}
const sign = async (change: Record<string, unknown>, at = Date.now()) =>
  key.sign({ ...(await readValidClaims()), ...change }, 3600, at)
const getUnknownCall = (headers: Record<string, string>) =>
  send(baseUrl, 'GET', `${CALLS}/${randomUUID()}`, { headers })

const HOUR = 3_600_000
const tokens: [title: string, authorization: () => Promise<string>, says: string][] = [
  ['an empty header', async () => '', 'Authorization header'],
  ['another scheme', async () => `Basic ${await fetchValidToken()}`, 'Authorization header'],
  ['a scheme without a token', async () => 'Bearer', 'Authorization header'],
  ['a word that is not a token', async () => 'Bearer abc', 'not valid here'],
  [
    'a token with a changed signature',
    async () => `Bearer ${(await fetchValidToken()).slice(0, -8)}AAAAAAAA`,
    'not valid here',
  ],
  ['an expired token', async () => `Bearer ${await sign({}, Date.now() - 2 * HOUR)}`, 'has expired'],
  ['a token that is not valid yet', async () => `Bearer ${await sign({}, Date.now() + HOUR)}`, 'not valid here'],
  ['a token signed by a foreign key', async () => `Bearer ${await signWithForeignKey()}`, 'not valid here'],
  ['an unsigned token', async () => `Bearer ${new UnsecuredJWT(await readValidClaims()).encode()}`, 'not valid here'],
  [
    'a token for another audience',
    async () => `Bearer ${await sign({ aud: 'https://example.com' })}`,
    'not valid here',
  ],
  ['a token of another issuer', async () => `Bearer ${await sign({ iss: 'https://example.com' })}`, 'not valid here'],
  [
    'a token without an application',
    async () => `Bearer ${await sign({ azp: 'me', appid: 'me' })}`,
    'names no application',
  ],
]

async function signWithForeignKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256')
  const { kid = '' } = key.publicJwk
  return new SignJWT(await readValidClaims())
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
}

test('a request without a token returns 401 and the scheme that is expected', async () => {
  const reply = await getUnknownCall({})

  expectError(reply, { status: 401, code: 'unauthenticated', says: 'Authorization header' })
  expect(reply.headers.get('www-authenticate')).toBe('Bearer')
})

test.each(tokens)('%s returns 401', async (_, authorization, says) => {
  const headers = { authorization: await authorization() }

  expectError(await getUnknownCall(headers), { status: 401, code: 'unauthenticated', says })
})

test('a token with the unchanged claims of these cases is accepted', async () => {
  const token = await sign({})
  expect((await jwtVerify(token, createLocalJWKSet({ keys: [key.publicJwk] }))).payload.appid).toBe(applicationId)

  expectError(await getUnknownCall({ authorization: `Bearer ${token}` }), { status: 404, code: '8522' })
  expectError(await getUnknownCall({ authorization: `bearer  ${token}` }), { status: 404, code: '8522' })
})

test('the token of a signed-in user returns 403', async () => {
  const token = await sign({ scp: 'Calls.Initiate.All' })

  expectError(await getUnknownCall({ authorization: `Bearer ${token}` }), {
    status: 403,
    code: '7504',
    says: 'delegated',
  })
})

const CALLBACK = 'https://bot.example/api/calls'
const person = { callbackUri: CALLBACK, targets: [{ identity: user() }], mediaConfig: SERVICE_HOSTED }
const appHosted = { ...person, mediaConfig: { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: 'b' } }
const group = { ...person, targets: newPersonIds(2).map((id) => ({ identity: user(id) })) }
const asGuest = { ...meetingBody(CALLBACK), source: { identity: { guest: { id: 'g' } } } }
/** A guest of the 2019 API. */
const asUnknownUser = {
  ...meetingBody(CALLBACK),
  source: { identity: { user: { id: 'g', identityProvider: 'None' } } },
}
const invitation = { participants: [{ identity: user() }] }
const anyCall = `${CALLS}/${randomUUID()}`
const registration = { displayName: 'Bot', tenantId, callingWebhook: CALLBACK }

const permissions: [permission: string, method: string, path: string, body: object | undefined][] = [
  ['Calls.Initiate.All', 'POST', CALLS, person],
  ['Calls.AccessMedia.All', 'POST', CALLS, appHosted],
  ['Calls.InitiateGroupCall.All', 'POST', CALLS, group],
  ['Calls.JoinGroupCall.All', 'POST', CALLS, meetingBody(CALLBACK)],
  ['Calls.JoinGroupCallAsGuest.All', 'POST', CALLS, asGuest],
  ['Calls.JoinGroupCallAsGuest.All', 'POST', CALLS, asUnknownUser],
  ['Calls.InitiateGroupCall.All', 'POST', `${anyCall}/participants/invite`, invitation],
  ['Calls.AccessMedia.All', 'POST', `${anyCall}/subscribeToTone`, undefined],
  ['Bots.ReadWrite.All', 'PUT', `/bots/${applicationId}`, registration],
  ['Bots.ReadWrite.All', 'GET', `/bots/${applicationId}`, undefined],
  ['Simulator.Control', 'POST', '/simulator/calls', {}],
  ['Simulator.Control', 'POST', `/simulator/people/${randomUUID()}/answer`, undefined],
  ['Simulator.Control', 'POST', `/simulator/people/${randomUUID()}/press`, { tone: 'tone1' }],
  ['Simulator.Control', 'POST', `/simulator/calls/${randomUUID()}/participants`, {}],
]
const ALL_PERMISSIONS = [...new Set(permissions.map(([permission]) => permission))]

test.each(permissions)(
  'without %s, %s %s returns 403 and names the permission',
  async (permission, method, path, body) => {
    const roles = ALL_PERMISSIONS.filter((role) => role !== permission).join(' ')
    const token = await fetchToken(baseUrl, { tenantId, applicationId, roles })

    expectError(await send(baseUrl, method, path, { token, body }), {
      status: 403,
      code: '7504',
      says: permission,
    })
  },
)

test.each(['Calls.InitiateGroupCall.All', 'Calls.InitiateGroupCalls.All', 'calls.initiategroupcalls.all'])(
  'the spelling %s of a permission is accepted',
  async (roles) => {
    const bot = await newBot({ roles })

    expect((await bot.request('POST', CALLS, groupCallBody(bot, newPersonIds(2)))).status).toBe(201)
  },
)

test('a bot needs no permission to answer, read and end its own call', async () => {
  const roles = 'Bots.ReadWrite.All Simulator.Control'
  const bot = await newBot({ roles, registered: 'communications' })
  const { body: placed } = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: { user: { id: randomUUID() } },
  })
  const call = `${CALLS}/${placed.id}`

  expect((await bot.request('POST', `${call}/answer`, ANSWER)).status).toBe(202)
  expect((await bot.request('GET', call)).status).toBe(200)
  expect((await bot.request('GET', `${call}/participants`)).status).toBe(200)
  expect((await bot.request('DELETE', call)).status).toBe(204)
})

test('the call of another application returns the same 404 as a call that never existed', async () => {
  const owner = await newBot()
  const other = await newBot()
  const { body: created } = await owner.request('POST', CALLS, callBody(owner))
  const requests: [method: string, tail: string, body?: object][] = [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/answer', ANSWER],
    ['POST', '/reject'],
    ['POST', '/keepAlive'],
    ['POST', '/mute'],
    ['POST', '/unmute'],
    ['POST', '/subscribeToTone'],
    ['POST', '/playPrompt', { prompts: [{ mediaInfo: { uri: 'https://bot.example/beep.wav' } }] }],
    ['POST', '/cancelMediaProcessing'],
    ['GET', '/participants'],
    ['GET', `/participants/${created.myParticipantId}`],
    ['POST', '/participants/invite', invitation],
    ['GET', '/audioRoutingGroups'],
    ['GET', '/audioRoutingGroups/mine'],
    ['DELETE', '/audioRoutingGroups/mine'],
    ['GET', `/operations/${randomUUID()}`],
  ]
  const ids = { 'client-request-id': 'the same for both' }
  const dropRequestIds = ({ status, body }: { status: number; body: { error: { innerError: object } } }) => ({
    status,
    error: { ...body.error, innerError: Object.keys(body.error.innerError) },
  })

  for (const [method, tail, body] of requests) {
    const theirs = await other.request(method, `${CALLS}/${created.id}${tail}`, body, ids)
    const unknown = await other.request(method, `${CALLS}/${randomUUID()}${tail}`, body, ids)
    expectError(theirs, { status: 404, code: '8522', says: 'Call not found.' })
    expect(dropRequestIds(theirs)).toEqual(dropRequestIds(unknown))
  }
  expect((await owner.request('GET', `${CALLS}/${created.id}`)).status).toBe(200)
})

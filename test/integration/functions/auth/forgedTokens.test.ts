import { createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startIssuer, type TestIssuer } from '../../../support/issuer.js'
import { startOwnService } from '../../../support/ownService.js'
import { expectError } from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { fetchToken, send } from '../../../support/testBot.js'

// The attacks of RFC 8725, one per line: tokens that were never issued, or for another service, application or time.

const AUDIENCE = 'api://ringback'
const applicationId = randomUUID()
const tenantId = randomUUID()
const HOUR = 3_600

let service: RunningService
let issuer: TestIssuer
/** The private key of the local issuer, with which the test signs what the issuer would never sign. */
let key: CryptoKey
let publicJwk: JWK
let foreignKey: CryptoKey
let foreignJwk: JWK
let valid: { token: string; header: Record<string, unknown>; claims: Record<string, unknown> }

beforeAll(async () => {
  issuer = await startIssuer(tenantId, AUDIENCE)
  service = await startOwnService({ TOKEN_ISSUERS: issuer.issuer, TOKEN_AUDIENCES: `${AUDIENCE},${randomUUID()}` })
  const token = await fetchToken(service.baseUrl, { tenantId, applicationId })
  valid = { token, header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) }
  const jwk = JSON.parse(await readFile(join(service.keys, 'access.json'), 'utf8')) as JWK
  key = (await importJWK(jwk, 'RS256')) as CryptoKey
  publicJwk = { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' }
  const pair = await generateKeyPair('RS256', { extractable: true })
  foreignKey = pair.privateKey
  foreignJwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JWK
})
afterAll(async () => {
  await service.stop()
  await issuer.close()
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (claims: object, header: object = {}, by = key) =>
  new SignJWT({ ...valid.claims, ...claims }).setProtectedHeader({ alg: 'RS256', ...valid.header, ...header }).sign(by)
/** Calculated when a case runs, because the cases before it can take longer than the clock tolerance. */
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const makeUnsigned = (header: object, claims: object = valid.claims) => `${encode(header)}.${encode(claims)}.`
const signWithoutClaim = (name: string) => sign({ [name]: undefined })

/** Signs with the public key as the secret: it deceives a library that lets the token choose the type of the key. */
async function signWithConfusedKey(alg: string, hash: string, secret: string): Promise<string> {
  const input = `${encode({ ...valid.header, alg })}.${encode(valid.claims)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}
const exportPublicPem = async () => exportSPKI((await importJWK(publicJwk, 'RS256')) as CryptoKey)

const forged: [title: string, token: () => string | Promise<string>, says?: string][] = [
  ['no algorithm', () => makeUnsigned({ ...valid.header, alg: 'none' })],
  ['no algorithm, written in capitals', () => makeUnsigned({ ...valid.header, alg: 'NONE' })],
  ['no algorithm and the signature of a valid token', () => makeUnsigned({ alg: 'none' }) + valid.token.split('.')[2]],
  ['no signature', () => makeUnsigned(valid.header)],
  ['HS256 and the public key as PEM', async () => signWithConfusedKey('HS256', 'sha256', await exportPublicPem())],
  ['HS256 and the public key as JWK', () => signWithConfusedKey('HS256', 'sha256', JSON.stringify(publicJwk))],
  ['HS256 and the modulus', () => signWithConfusedKey('HS256', 'sha256', publicJwk.n ?? '')],
  ['HS512 and a blank secret', () => signWithConfusedKey('HS512', 'sha512', ' ')],
  ['a foreign key under the kid of the local issuer', () => sign({}, {}, foreignKey)],
  ['a foreign key under its own kid', () => sign({}, { kid: 'mine' }, foreignKey)],
  ['a foreign key in its header', () => sign({}, { kid: undefined, jwk: foreignJwk }, foreignKey)],
  ['a URL of a foreign key in its header', () => sign({}, { jku: 'https://evil.example/keys' }, foreignKey)],
  ['a URL of a foreign certificate in its header', () => sign({}, { x5u: 'https://evil.example/cert' }, foreignKey)],
  ['a foreign certificate in its header', () => sign({}, { x5c: ['MIIB'] }, foreignKey)],
  ['a kid that is a path', () => sign({}, { kid: '../../../../dev/null' }, foreignKey)],
  ['a kid that is a query', () => sign({}, { kid: "x' or '1'='1" }, foreignKey)],
  [
    'an extension that must be understood',
    () => `${encode({ ...valid.header, crit: ['exp'], exp: 1 })}.${valid.token.split('.').slice(1).join('.')}`,
  ],
  ['changed claims', () => replacePart(1, encode({ ...valid.claims, roles: ['Bots.ReadWrite.All'] }))],
  ['a changed header', () => replacePart(0, encode({ ...valid.header, typ: 'other' }))],
  ['a truncated signature', () => valid.token.slice(0, -40)],
  ['an empty signature', () => replacePart(2, '')],
  ['four parts', () => `${valid.token}.${valid.token.split('.')[2]}`],
  ['five parts, like an encrypted token', () => `${valid.token}.a.b`],
  ['parts that are not base64', () => 'ä.ö.ü'.replaceAll(/[äöü]/g, '!!!')],
  ['claims that are not an object', () => signText('[]')],
  ['claims that are not JSON', () => signText('{"iss":')],
  ['an expiry 61 seconds ago', () => signForPeriod(-2 * HOUR, -61), 'expired'],
  ['no expiry', () => signWithoutClaim('exp')],
  ['an expiry that is a string', () => sign({ exp: String(secondsFromNow(HOUR)) })],
  ['a start in two minutes', () => sign({ nbf: secondsFromNow(120) }), 'not valid here yet'],
  ['another audience', () => sign({ aud: 'https://vault.azure.net' }), 'another audience'],
  [
    'an audience that only begins like the right one',
    () => sign({ aud: 'https://graph.microsoft.com.evil.example' }),
    'another audience',
  ],
  ['no audience', () => signWithoutClaim('aud')],
  ['the audience of another issuer', () => sign({ aud: AUDIENCE }), 'another audience'],
  ['another issuer', () => sign({ iss: 'https://sts.windows.net/evil/' }), 'issuer is not accepted'],
  [
    'an issuer that only begins like the configured one',
    () => sign({ iss: `${issuer.issuer}.evil.example` }),
    'issuer is not accepted',
  ],
  ['the local issuer of another tenant', () => sign({ tid: randomUUID() }), 'issuer is not accepted'],
  ['no issuer', () => signWithoutClaim('iss'), 'issuer is not accepted'],
  ['an issuer that is a list', () => sign({ iss: [issuer.issuer] as unknown as string })],
  ['the name of the configured issuer and the local key', () => sign({ iss: issuer.issuer, aud: AUDIENCE })],
  [
    'the configured issuer and the audience of Graph',
    () => issuer.sign({ aud: 'https://graph.microsoft.com', azp: applicationId }),
    'another audience',
  ],
  [
    'the configured issuer and the kid of the local key',
    () => issuer.sign({ azp: applicationId }, { kid: valid.header.kid }),
  ],
  ['no application', () => sign({ azp: undefined, appid: undefined }), 'names no application'],
  ['an application that is not a GUID', () => sign({ azp: '*', appid: '*' }), 'names no application'],
  ['no tenant', () => issuer.sign({ azp: applicationId, tid: undefined }), 'names no application'],
  ['more than 12288 characters', () => sign({ much: 'x'.repeat(9_500) }), 'longer than 12288'],
]

function signForPeriod(start: number, end: number): Promise<string> {
  return sign({ iat: secondsFromNow(start), nbf: secondsFromNow(start), exp: secondsFromNow(end) })
}

function replacePart(index: number, text: string): string {
  const parts = valid.token.split('.')
  parts[index] = text
  return parts.join('.')
}

/** Signs a text that is not a set of claims. */
async function signText(text: string): Promise<string> {
  const input = `${encode(valid.header)}.${Buffer.from(text).toString('base64url')}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

const sendGet = (token: string) => send(service.baseUrl, 'GET', `/v1.0/communications/calls/${randomUUID()}`, { token })
const roles = ['Calls.Initiate.All']

test.each(forged)('a token with %s returns 401', async (_, token, says = '') => {
  const reply = await sendGet(await token())
  expectError(reply, { status: 401, code: 'unauthenticated', says })
  expect(reply.headers.get('www-authenticate')).toBe('Bearer')
})

test('an unchanged token of either issuer is accepted', async () => {
  for (const token of [await sign({}), await issuer.sign({ azp: applicationId, roles })]) {
    expectError(await sendGet(token), { status: 404, code: '8522' })
  }
})

test.each([
  ['scopes', { scp: 'Calls.Initiate.All' }],
  ['scopes and roles', { scp: 'user_impersonation', roles }],
  ['the word user', { idtyp: 'user' }],
])('a token of a signed-in user, recognized by %s, returns 403 from either issuer', async (_, claims) => {
  for (const token of [await sign(claims), await issuer.sign({ azp: applicationId, ...claims })]) {
    expectError(await sendGet(token), { status: 403, code: '7504', says: 'delegated' })
  }
})

test.each([
  ['no roles', {}],
  ['roles that are a string', { roles: 'Bots.ReadWrite.All' }],
  ['roles in the claim scopes', { scopes: ['Bots.ReadWrite.All'] }],
  ['roles that are only similar', { roles: ['Bots.ReadWrite.All.Not', 'Bots.ReadWrite'] }],
])('a token with %s permits nothing', async (_, claims) => {
  const token = await issuer.sign({ azp: applicationId, ...claims })
  const reply = await send(service.baseUrl, 'GET', `/bots/${applicationId}`, { token })
  expectError(reply, { status: 403, code: '7504', says: 'Bots.ReadWrite.All' })
})

test('a request with a huge header is refused before it reaches the service', async () => {
  const { status } = await sendGet(`${'x'.repeat(20_000)}.y.z`)
  expect(status).toBe(431)
})

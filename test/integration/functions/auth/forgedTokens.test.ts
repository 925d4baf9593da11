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
import { fetchToken, send } from '../../../support/bot.js'
import { expectError } from '../../../support/bots.js'
import { startIssuer, type TestIssuer } from '../../../support/issuer.js'
import { type RunningService, startService } from '../../../support/service.js'

// What RFC 8725 warns of, a line each: tokens that nobody issued, or not to this service, application or time.

const AUDIENCE = 'api://ringback'
const applicationId = randomUUID()
const tenantId = randomUUID()
const HOUR = 3_600

let service: RunningService
let issuer: TestIssuer
/** The private key of the local issuer, with which we sign what it would never sign. */
let key: CryptoKey
let publicJwk: JWK
let stranger: CryptoKey
let strangerJwk: JWK
let good: { token: string; header: Record<string, unknown>; claims: Record<string, unknown> }

beforeAll(async () => {
  issuer = await startIssuer(tenantId, AUDIENCE)
  service = await startService({ TOKEN_ISSUERS: issuer.issuer, TOKEN_AUDIENCES: `${AUDIENCE},${randomUUID()}` })
  const token = await fetchToken(service.baseUrl, { tenantId, applicationId })
  good = { token, header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) }
  const jwk = JSON.parse(await readFile(join(service.keys, 'access.json'), 'utf8')) as JWK
  key = (await importJWK(jwk, 'RS256')) as CryptoKey
  publicJwk = { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' }
  const pair = await generateKeyPair('RS256', { extractable: true })
  stranger = pair.privateKey
  strangerJwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JWK
})
afterAll(async () => {
  await service.stop()
  await issuer.close()
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (claims: object, header: object = {}, by = key) =>
  new SignJWT({ ...good.claims, ...claims }).setProtectedHeader({ alg: 'RS256', ...good.header, ...header }).sign(by)
const [now, later] = [Math.floor(Date.now() / 1000), Math.floor(Date.now() / 1000) + HOUR]
const unsigned = (header: object, claims: object = good.claims) => `${encode(header)}.${encode(claims)}.`
const withoutClaim = (name: string) => sign({ [name]: undefined })

/** Signs with the public key, as a secret: for a library that lets the token choose what its key means. */
async function keyConfused(alg: string, hash: string, secret: string): Promise<string> {
  const input = `${encode({ ...good.header, alg })}.${encode(good.claims)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}
const publicPem = async () => exportSPKI((await importJWK(publicJwk, 'RS256')) as CryptoKey)

const forged: [title: string, token: () => string | Promise<string>, says?: string][] = [
  ['no algorithm', () => unsigned({ ...good.header, alg: 'none' })],
  ['no algorithm, in capitals', () => unsigned({ ...good.header, alg: 'NONE' })],
  ['no algorithm, with the signature of a good one', () => unsigned({ alg: 'none' }) + good.token.split('.')[2]],
  ['no signature', () => unsigned(good.header)],
  ['HS256 with the public key as PEM', async () => keyConfused('HS256', 'sha256', await publicPem())],
  ['HS256 with the public key as JWK', () => keyConfused('HS256', 'sha256', JSON.stringify(publicJwk))],
  ['HS256 with the modulus', () => keyConfused('HS256', 'sha256', publicJwk.n ?? '')],
  ['HS512 with nothing', () => keyConfused('HS512', 'sha512', ' ')],
  ['a foreign key under our kid', () => sign({}, {}, stranger)],
  ['a foreign key under a kid of its own', () => sign({}, { kid: 'mine' }, stranger)],
  ['a foreign key that comes along', () => sign({}, { kid: undefined, jwk: strangerJwk }, stranger)],
  ['a foreign key that is to be fetched', () => sign({}, { jku: 'https://evil.example/keys' }, stranger)],
  ['a foreign certificate that is to be fetched', () => sign({}, { x5u: 'https://evil.example/cert' }, stranger)],
  ['a foreign certificate that comes along', () => sign({}, { x5c: ['MIIB'] }, stranger)],
  ['a kid that is a path', () => sign({}, { kid: '../../../../dev/null' }, stranger)],
  ['a kid that is a query', () => sign({}, { kid: "x' or '1'='1" }, stranger)],
  [
    'an extension that must be understood',
    () => `${encode({ ...good.header, crit: ['exp'], exp: 1 })}.${good.token.split('.').slice(1).join('.')}`,
  ],
  ['claims that were changed', () => swap(1, encode({ ...good.claims, roles: ['Bots.ReadWrite.All'] }))],
  ['a header that was changed', () => swap(0, encode({ ...good.header, typ: 'other' }))],
  ['a signature that was cut', () => good.token.slice(0, -40)],
  ['an empty signature', () => swap(2, '')],
  ['four parts', () => `${good.token}.${good.token.split('.')[2]}`],
  ['five parts, as if it were encrypted', () => `${good.token}.a.b`],
  ['parts that are not base64', () => 'ä.ö.ü'.replaceAll(/[äöü]/g, '!!!')],
  ['claims that are no object', () => signText('[]')],
  ['claims that are not JSON', () => signText('{"iss":')],
  ['an hour and a minute ago', () => sign({ iat: now - 2 * HOUR, nbf: now - 2 * HOUR, exp: now - 61 }), 'expired'],
  ['no end', () => withoutClaim('exp')],
  ['an end that is a text', () => sign({ exp: String(later) })],
  ['not yet', () => sign({ nbf: now + 120 }), 'not yet'],
  ['another audience', () => sign({ aud: 'https://vault.azure.net' }), 'another audience'],
  [
    'an audience that only begins like ours',
    () => sign({ aud: 'https://graph.microsoft.com.evil.example' }),
    'another audience',
  ],
  ['no audience', () => withoutClaim('aud')],
  ['the audience of another issuer', () => sign({ aud: AUDIENCE }), 'another audience'],
  ['another issuer', () => sign({ iss: 'https://sts.windows.net/evil/' }), 'issuer is not accepted'],
  [
    'an issuer that only begins like ours',
    () => sign({ iss: `${issuer.issuer}.evil.example` }),
    'issuer is not accepted',
  ],
  ['the local issuer of another tenant', () => sign({ tid: randomUUID() }), 'issuer is not accepted'],
  ['no issuer', () => withoutClaim('iss'), 'issuer is not accepted'],
  ['an issuer that is a list', () => sign({ iss: [issuer.issuer] as unknown as string })],
  ['the name of the configured issuer, with the local key', () => sign({ iss: issuer.issuer, aud: AUDIENCE })],
  [
    'the configured issuer, for Graph',
    () => issuer.sign({ aud: 'https://graph.microsoft.com', azp: applicationId }),
    'another audience',
  ],
  [
    'the configured issuer, with the kid of the local key',
    () => issuer.sign({ azp: applicationId }, { kid: good.header.kid }),
  ],
  ['no application', () => sign({ azp: undefined, appid: undefined }), 'names no application'],
  ['an application that is no GUID', () => sign({ azp: '*', appid: '*' }), 'names no application'],
  ['no tenant', () => issuer.sign({ azp: applicationId, tid: undefined }), 'names no application'],
  ['twelve thousand characters', () => sign({ much: 'x'.repeat(9_500) }), 'longer than 12288'],
]

function swap(part: number, by: string): string {
  const parts = good.token.split('.')
  parts[part] = by
  return parts.join('.')
}

/** Rightly signed, but of something that is no set of claims. */
async function signText(text: string): Promise<string> {
  const input = `${encode(good.header)}.${Buffer.from(text).toString('base64url')}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

const ask = (token: string) => send(service.baseUrl, token, 'GET', `/v1.0/communications/calls/${randomUUID()}`)
const roles = ['Calls.Initiate.All']

test.each(forged)('%s: 401', async (_, token, says = '') => {
  const reply = await ask(await token())
  expectError(reply, { status: 401, code: 'unauthenticated', says })
  expect(reply.headers.get('www-authenticate')).toBe('Bearer')
})

test('what these cases change is good as it is, from either issuer', async () => {
  for (const token of [await sign({}), await issuer.sign({ azp: applicationId, roles })]) {
    expectError(await ask(token), { status: 404, code: '8522' })
  }
})

test.each([
  ['scopes', { scp: 'Calls.Initiate.All' }],
  ['scopes and roles', { scp: 'user_impersonation', roles }],
  ['the word user', { idtyp: 'user' }],
])('a token of a signed-in user, known by %s, is 403 from either issuer', async (_, claims) => {
  for (const token of [await sign(claims), await issuer.sign({ azp: applicationId, ...claims })]) {
    expectError(await ask(token), { status: 403, code: '7504', says: 'delegated' })
  }
})

test.each([
  ['no roles', {}],
  ['roles that are a text', { roles: 'Bots.ReadWrite.All' }],
  ['roles as scopes of another name', { scopes: ['Bots.ReadWrite.All'] }],
  ['roles that only begin alike', { roles: ['Bots.ReadWrite.All.Not', 'Bots.ReadWrite'] }],
])('%s permit nothing', async (_, claims) => {
  const token = await issuer.sign({ azp: applicationId, ...claims })
  const reply = await send(service.baseUrl, token, 'GET', `/bots/${applicationId}`)
  expectError(reply, { status: 403, code: '7504', says: 'Bots.ReadWrite.All' })
})

test('a huge header does not reach the service at all', async () => {
  const { status } = await ask(`${'x'.repeat(20_000)}.y.z`)
  expect(status).toBe(431)
})

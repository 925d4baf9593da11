import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import forge from 'node-forge'
import { expect, onTestFinished, test, vi } from 'vitest'
import { makeServerCertificate } from '../../../hosting/certificates.js'
import { CallbackUrlPolicy, type ResolveHost, resolveHost } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createReadCertificate } from '../../../shared/delivery/certificate.js'
import { checkCallback, type DoctorDependencies } from '../../../shared/delivery/doctor.js'
import { createPost } from '../../../shared/delivery/send.js'
import { readSettings } from '../../../shared/service/config.js'
import type { Bot } from '../../../shared/storage/botStore.js'

const { pki } = forge
const TOKEN = 'header.claims.ABC'
const BROKEN_TOKEN = 'header.claims.BBC'
const BOT: Bot = {
  applicationId: '11111111-1111-4111-8111-111111111111',
  tenantId: '22222222-2222-4222-8222-222222222222',
  displayName: 'Test bot',
  callingWebhook: 'https://bot.example/api/calls',
  dialect: 'communications',
}

function newDependencies(
  settings: Record<string, string> = {},
  resolve: ResolveHost = resolveHost,
  issue: () => Promise<string> = async () => TOKEN,
): DoctorDependencies {
  const policy = new CallbackUrlPolicy(readSettings({ RINGBACK_LOCAL: 'true', ...settings }), resolve)
  let ids = 0
  return {
    post: createPost(policy),
    readCertificate: createReadCertificate(policy),
    notificationTokens: { issue },
    callbackUrlPolicy: policy,
    clock: { now: Date.now },
    newId: () => `id-${++ids}`,
    settings: { NOTIFICATION_ISSUER: 'https://issuer.example' },
  }
}

const check = (callingWebhook: string, timeoutMs?: number, deps = newDependencies()) =>
  checkCallback(deps, { ...BOT, callingWebhook }, timeoutMs)

/** Returns the one check of a callback that did not answer. */
async function findFailure(callingWebhook: string, timeoutMs?: number, deps?: DoctorDependencies) {
  const { checks } = await check(callingWebhook, timeoutMs, deps)
  expect(checks).toEqual([expect.objectContaining({ name: 'callback', result: 'failed' })])
  return { finding: checks[0]?.finding, advice: checks[0]?.advice }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Starts a bot that answers with a status to each of the two tokens, and records its requests. */
async function startCallback(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: { headers: IncomingMessage['headers']; text: string }[] = []
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, text: Buffer.concat(await request.toArray()).toString() })
    answer(request, response)
  })
  onTestFinished(() => server.closeAllConnections())
  const origin = `http://127.0.0.1:${await listen(server)}`
  return { origin, url: `${origin}/api/calls`, requests }
}

const isValid = ({ headers }: IncomingMessage) => headers.authorization === `Bearer ${TOKEN}`
const startBot = (status: number, statusForBroken: number) =>
  startCallback((request, response) => response.writeHead(isValid(request) ? status : statusForBroken).end())

test('a correct bot passes both checks', async () => {
  const bot = await startBot(202, 401)
  expect(await check(bot.url)).toEqual({
    checks: [
      { name: 'callback', result: 'ok', finding: expect.stringMatching(/^The callback answered 202 in \d+ ms\.$/) },
      { name: 'token', result: 'ok', finding: 'The bot answers 401 to a token with a broken signature.' },
    ],
  })
})

test('the two test notifications report nothing, and only the signatures of their tokens differ', async () => {
  const bot = await startBot(202, 401)
  await check(bot.url)
  const authorizations = bot.requests.map(({ headers }) => headers.authorization)
  expect(authorizations.toSorted()).toEqual([`Bearer ${TOKEN}`, `Bearer ${BROKEN_TOKEN}`])
  const bodies = bot.requests.map(({ text }) => JSON.parse(text))
  expect(bodies).toEqual(Array(2).fill({ '@odata.type': '#microsoft.graph.commsNotifications', value: [] }))
  expect(bot.requests.map(({ headers }) => headers['ringback-sequence'])).toEqual(['0', '0'])
  expect(new Set(bot.requests.map(({ headers }) => headers['ringback-notification-id'])).size).toBe(2)
})

test('a bot of the 2019 API gets the envelope of that API', async () => {
  const bot = await startBot(200, 401)
  await checkCallback(newDependencies(), { ...BOT, callingWebhook: bot.url, dialect: 'app' })
  expect(bot.requests.map(({ text }) => text)).toEqual(['{"value":[]}', '{"value":[]}'])
})

test('a bot that accepts a token with a broken signature gets a warning', async () => {
  const bot = await startBot(200, 204)
  const { checks } = await check(bot.url)
  expect(checks[1]).toEqual({
    name: 'token',
    result: 'warning',
    finding: 'The bot does not verify tokens: it answered 204 to one with a broken signature.',
    advice: expect.stringContaining(`the issuer https://issuer.example and the audience ${BOT.applicationId}`),
  })
})

test('a bot that answers a broken token with an error, or not at all, gets a warning', async () => {
  const failing = await startBot(200, 500)
  expect((await check(failing.url)).checks).toMatchObject([
    { result: 'ok' },
    { result: 'warning', finding: expect.stringContaining('is not known: it answered 500 to one') },
  ])
  const hanging = await startCallback((request, response) => {
    if (isValid(request)) response.writeHead(200).end()
  })
  expect((await check(hanging.url, 500)).checks).toMatchObject([
    { result: 'ok' },
    { result: 'warning', finding: expect.stringContaining('is not known: it did not answer to one') },
  ])
})

test.for([
  [400, 'warning', 'the bot refuses the body', 'dialect of its registration'],
  [401, 'failed', 'the bot refuses the token', `the audience ${BOT.applicationId} and the issuer https://issuer.exam`],
  [403, 'failed', 'the bot refuses the token', 'use the keys of /v1/.well-known/OpenIdConfiguration'],
  [404, 'failed', 'nothing is at the path /api/calls.', 'Correct the path of callingWebhook'],
  [405, 'failed', 'the path does not accept POST', 'accept POST at this path'],
  [410, 'failed', 'after this status, the notifications of a call are dead-lettered', 'Answer 410 only'],
  [415, 'failed', 'the bot does not accept the type of the body', 'application/json; charset=utf-8'],
  [418, 'failed', 'only 2xx acknowledges', 'with 2xx'],
  [304, 'failed', 'only 2xx acknowledges', 'with 2xx'],
  [500, 'failed', 'the bot failed', 'log of the bot'],
  [502, 'failed', 'a proxy or a tunnel', 'Start the bot'],
] as const)('the answer %i is explained', async ([status, result, finding, advice]) => {
  const bot = await startBot(status, 401)
  const { checks } = await check(bot.url)
  expect(checks[0]).toEqual({
    name: 'callback',
    result,
    finding: expect.stringContaining(`The callback answered ${status}: ${finding}`),
    advice: expect.stringContaining(advice),
  })
  expect(checks[1]).toMatchObject({ name: 'token', result: 'ok' })
})

test.for([
  [302, 'warning', 'Only notifications of incoming calls follow it.'],
  [301, 'failed', 'No notification follows it.'],
  [308, 'failed', 'No notification follows it.'],
] as const)('the redirect %i is not followed: the report says where it leads', async ([status, result, finding]) => {
  const bot = await startCallback((_, response) => response.writeHead(status, { Location: '/sign-in?to=calls' }).end())
  const target = `${bot.origin}/sign-in?to=calls`
  expect((await check(bot.url)).checks[0]).toEqual({
    name: 'callback',
    result,
    finding: `The callback redirects to ${target} (${status}). ${finding}`,
    advice: expect.stringContaining(`Set callingWebhook to ${target}.`),
  })
  expect(bot.requests).toHaveLength(2)
})

test('a path with nothing is compared with the usual paths of bots on the same host', async () => {
  const bot = await startCallback((request, response) => {
    response.writeHead(request.url === '/callback/calling?code=key' ? 202 : 404).end()
  })
  expect((await check(`${bot.url}?code=key`)).checks[0]).toEqual({
    name: 'callback',
    result: 'failed',
    finding: 'The callback answered 404: nothing is at the path /api/calls, but /callback/calling answers 202.',
    advice: `Set callingWebhook to ${bot.origin}/callback/calling.`,
  })
})

test.for([
  ['text/html; charset=utf-8', '<p>Hello</p>', 'answered 200 with a web page'],
  ['text/plain', '<!DOCTYPE html><html></html>', 'answered 200 with a web page'],
  ['application/json', '{"ok":', 'answered 200 with a body that is not JSON, but says that it is'],
] as const)('an acknowledgement with the body %s %s is doubtful', async ([type, body, finding]) => {
  const bot = await startCallback((_, response) => response.writeHead(200, { 'Content-Type': type }).end(body))
  expect((await check(bot.url)).checks[0]).toEqual({
    name: 'callback',
    result: 'warning',
    finding: expect.stringContaining(finding),
    advice: expect.stringContaining('Check that the path of callingWebhook is that of the bot.'),
  })
})

test.for([
  ['text/plain', 'Accepted'],
  ['application/json', ''],
  ['application/json; charset=utf-8', '{}'],
  ['application/octet-stream', 'x'.repeat(200_000)],
] as const)('an acknowledgement with a body of the type %s is accepted', async ([type, body]) => {
  const bot = await startCallback((_, response) => response.writeHead(200, { 'Content-Type': type }).end(body))
  expect((await check(bot.url)).checks[0]).toMatchObject({ result: 'ok' })
})

test('a body that does not end is not waited for longer than the callback', async () => {
  const bot = await startCallback((_, response) => response.writeHead(200).write('{'))
  expect((await check(bot.url, 2_000)).checks[0]).toMatchObject({ result: 'ok' })
})

test('a bot that is not registered may refuse the token because of its audience', async () => {
  const bot = await startBot(401, 401)
  const callback = { callingWebhook: bot.url, dialect: 'communications' } as const
  const { checks } = await checkCallback(newDependencies(), callback)
  expect(checks[0]).toEqual({
    name: 'callback',
    result: 'warning',
    finding: expect.stringContaining('answered 401: the bot refuses the token, perhaps only because its audience'),
    advice: 'Name the application id of the bot (--application), or register the bot.',
  })
  const named = await checkCallback(newDependencies(), { ...callback, applicationId: BOT.applicationId })
  expect(named.checks[0]).toMatchObject({ result: 'failed', advice: expect.stringContaining(BOT.applicationId) })
})

test('an answer after more than two seconds is slow', async () => {
  let now = 0
  const bot = await startCallback((_, response) => {
    now = 2_400
    response.writeHead(202).end()
  })
  const deps = { ...newDependencies(), clock: { now: () => now } }
  expect((await check(bot.url, undefined, deps)).checks[0]).toEqual({
    name: 'callback',
    result: 'warning',
    finding: 'The callback is slow: it answered 202 after 2.4 s.',
    advice: 'Acknowledge a notification first, and work afterwards.',
  })
})

test('a callback that does not answer in time fails after the limit', async () => {
  const bot = await startCallback(() => undefined)
  const startedAt = Date.now()
  const { finding, advice } = await findFailure(bot.url, 200)
  expect(finding).toBe('The callback did not answer within 0.2 s.')
  expect(advice).toContain('Acknowledge a notification first')
  // Less than the limit of a callback that is checked without one.
  expect(Date.now() - startedAt).toBeLessThan(5_000)
})

test.for(['127.0.0.1', 'localhost'])('a refused connection to %s is explained', async (host) => {
  const free = createTcpServer().listen(0)
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const { finding, advice } = await findFailure(`http://${host}:${port}/api/calls`)
  expect(finding).toBe(`Nothing listens at ${host}:${port}: the connection was refused (ECONNREFUSED).`)
  expect(advice).toContain('Start the bot')
})

test('a name that does not resolve is explained, with the setting for a bot on this machine', async () => {
  const resolve = async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND bot.example'), { code: 'ENOTFOUND' })
  }
  const { finding, advice } = await findFailure(BOT.callingWebhook, undefined, newDependencies({}, resolve))
  expect(finding).toBe('The name bot.example does not resolve (ENOTFOUND).')
  expect(advice).toContain('set CALLBACK_REWRITE=https://bot.example=http://localhost:3978')
})

test('a URL that the callback URL policy refuses is not contacted: the report names the setting', async () => {
  const bot = await startBot(202, 401)
  const byName = newDependencies({}, async () => [{ address: '10.0.0.5', family: 4 }])
  const { finding, advice } = await findFailure(BOT.callingWebhook, undefined, byName)
  expect(finding).toBe(
    'The callback URL policy refuses the URL. callingWebhook: points to 10.0.0.5, which is not a public address. ' +
      'To allow it, add it to CALLBACK_ALLOW_LIST.',
  )
  expect(advice).toContain('Add the host to the setting CALLBACK_ALLOW_LIST')
  expect(await findFailure(bot.url, undefined, newDependencies({ RINGBACK_LOCAL: 'false' }))).toEqual({
    finding: 'The callback URL policy refuses the URL. callingWebhook: must be an https URL.',
    advice: 'Register the bot with another callingWebhook.',
  })
  expect(bot.requests).toEqual([])
})

test('a host in CALLBACK_REWRITE is tested at its target', async () => {
  const bot = await startBot(405, 405)
  const deps = newDependencies({ CALLBACK_REWRITE: `https://bot.example=${bot.origin}` })
  expect((await check(BOT.callingWebhook, undefined, deps)).checks[0]?.finding).toContain('answered 405')
  expect(bot.requests).toHaveLength(2)
})

test('a token that cannot be signed is not a problem of the bot', async () => {
  const bot = await startBot(202, 401)
  const deps = newDependencies({}, resolveHost, async () => {
    throw new Error('the vault is not available')
  })
  expect((await findFailure(bot.url, undefined, deps)).finding).toContain('the vault is not available')
  expect(bot.requests).toEqual([])
})

test('a connection that is closed or reset, and an answer that is not HTTP, are explained', async () => {
  const closing = await listen(createTcpServer((socket) => socket.resume().once('data', () => socket.end())))
  const { finding, advice } = await findFailure(`http://127.0.0.1:${closing}/`)
  expect(finding).toBe(`127.0.0.1:${closing} closed the connection without an answer (UND_ERR_SOCKET).`)
  expect(advice).toContain('callingWebhook must begin with https')
  const resetting = await listen(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())))
  expect((await findFailure(`http://127.0.0.1:${resetting}/`)).finding).toContain('(ECONNRESET)')
  const mail = await listen(createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n').on('error', () => {})))
  expect((await findFailure(`http://127.0.0.1:${mail}/`)).finding).toContain('something else than HTTP')
})

/** Issues a certificate for this machine, with a time at which its validity begins. */
async function issueCertificate(at = Date.now()) {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-doctor-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  vi.useFakeTimers({ toFake: ['Date'], now: at })
  const issued = await makeServerCertificate(directory, []).finally(() => void vi.useRealTimers())
  return issued
}

/** Makes a certificate that is signed with its own key. */
function signItself() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const cert = pki.createCertificate()
  cert.publicKey = pki.publicKeyFromPem(publicKey)
  cert.validity.notBefore = new Date(Date.now() - 60_000)
  cert.validity.notAfter = new Date(Date.now() + 60_000)
  cert.setSubject([{ name: 'commonName', value: 'localhost' }])
  cert.setIssuer(cert.subject.attributes)
  cert.sign(pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: pki.certificateToPem(cert) }
}

const accept: RequestListener = (request, response) => {
  request.resume().on('end', () => response.writeHead(isValid(request) ? 202 : 401).end())
}

async function startTlsBot(options: { key: string; cert: string }) {
  return `127.0.0.1:${await listen(createTlsServer(options, accept))}`
}

function trust(authority: string): void {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, authority])
  onTestFinished(() => setDefaultCACertificates(before))
}

test('a certificate that is signed by itself is explained', async () => {
  const host = await startTlsBot(signItself())
  const { finding, advice } = await findFailure(`https://${host}/api/calls`)
  expect(finding).toMatch(
    /\(localhost, issued by localhost, valid from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\) is signed by itself \(DEPTH_ZERO/,
  )
  expect(advice).toContain('NODE_EXTRA_CA_CERTS')
})

test('a certificate whose authority is not trusted is explained, with and without its chain', async () => {
  const { key, cert, ca } = await issueCertificate()
  const leaf = await startTlsBot({ key, cert })
  expect((await findFailure(`https://${leaf}/`)).finding).toContain('(UNABLE_TO_VERIFY_LEAF_SIGNATURE)')
  const chain = await startTlsBot({ key, cert: cert + ca })
  expect((await findFailure(`https://${chain}/`)).finding).toContain(
    'is issued by an authority that is not trusted (SELF_SIGNED_CERT_IN_CHAIN)',
  )
})

test('a certificate with another name is explained, with the names that it has', async () => {
  const { key, cert, ca } = await issueCertificate()
  trust(ca)
  const host = await startTlsBot({ key, cert })
  expect((await check(`https://${host}/`)).checks).toMatchObject([{ result: 'ok' }, { result: 'ok' }])
  const deps = newDependencies({}, async () => [{ address: '127.0.0.1', family: 4 }])
  const named = host.replace('127.0.0.1', 'bot.example')
  expect((await findFailure(`https://${named}/`, undefined, deps)).finding).toMatch(
    /is not valid for bot\.example, only for DNS:localhost, .* \(ERR_TLS_CERT_ALTNAME_INVALID\)\.$/,
  )
})

test.for([
  ['has expired (CERT_HAS_EXPIRED)', -2 * 365 * 86_400_000],
  ['is not valid yet (CERT_NOT_YET_VALID)', 30 * 86_400_000],
] as const)('a certificate that %s is explained', async ([problem, offsetMs]) => {
  const { key, cert, ca } = await issueCertificate(Date.now() + offsetMs)
  trust(ca)
  const { finding, advice } = await findFailure(`https://${await startTlsBot({ key, cert })}/`)
  expect(finding).toContain(problem)
  expect(advice).toContain('clocks')
})

test('a bot without TLS at an https URL is explained', async () => {
  const bot = await startBot(202, 401)
  const { finding, advice } = await findFailure(bot.url.replace('http:', 'https:'))
  expect(finding).toMatch(/^TLS: there is no secure connection to 127\.0\.0\.1:\d+ \(/)
  expect(advice).toContain('If the bot serves HTTP')
})

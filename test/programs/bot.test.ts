import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, inject, onTestFinished, test } from 'vitest'
import { runFlow } from '../../examples/demo/flow.js'
import { canRun } from '../support/processes.js'
import { startSampleBot } from '../support/sampleBot.js'

const run = promisify(execFile)
const TENANT_ID = '2432b57b-0abd-43db-aa7b-16eadd115d34'
/** The application id in the README of the bot. */
const README_APPLICATION_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'

test('the sample bot refuses a notification without a token for it', async () => {
  const { notify, applicationId, output } = await startBot()
  expect(await notify({}), 'no token').toBe(401)
  expect(await notify({ Authorization: 'Basic eDp5' }), 'no bearer token').toBe(401)
  expect(await notify({ Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }), 'not signed').toBe(403)
  expect(await notify({ Authorization: `Bearer ${await forgeToken(applicationId)}` }), 'another signer').toBe(403)
  expect(await notify({ Authorization: `Bearer ${await fetchToken(applicationId)}` }), 'another purpose').toBe(403)
  expect(output()).not.toContain('incoming')
})

/** The issuer that the sample bot trusts. */
const ISSUER = 'https://api.botframework.com'

test('the sample bot refuses a correctly signed token for another bot or of another issuer', async () => {
  const { url, sign, answered } = await startFakeService()
  const { notify, applicationId } = await startBot(url)
  const send = async (issuer: string, audience: string) =>
    notify({ Authorization: `Bearer ${await sign(issuer, audience)}`, 'Ringback-Notification-Id': randomUUID() })
  expect(await send(ISSUER, randomUUID()), 'another bot').toBe(403)
  expect(await send('https://issuer.example', applicationId), 'another issuer').toBe(403)
  expect(answered).toEqual([])
  expect(await send(ISSUER, applicationId)).toBe(202)
  await expect.poll(() => answered).toEqual(['/beta/app/calls/1/answer'])
})

test('the sample bot acknowledges a notification that is sent twice, and acts once', async () => {
  const { url, sign, answered } = await startFakeService()
  const { notify, applicationId } = await startBot(url)
  const Authorization = `Bearer ${await sign(ISSUER, applicationId)}`
  for (const call of ['1', '1', '2']) {
    expect(await notify({ Authorization, 'Ringback-Notification-Id': call }, call)).toBe(202)
  }
  await expect.poll(() => answered).toContain('/beta/app/calls/2/answer')
  expect(answered).toEqual(['/beta/app/calls/1/answer', '/beta/app/calls/2/answer'])
})

const api = (request: string, status: number, after = false) => ({
  on: 'api',
  effect: 'status',
  status,
  request,
  ...(after && { after }),
})

test.each([
  [
    'requests that are refused for a moment',
    [api('answer', 429), api('create', 503), api('participants/invite', 504), api('delete', 429)],
  ],
  [
    'requests whose replies are lost',
    ['answer', 'create', 'participants/invite', 'delete'].map((request) => api(request, 504, true)),
  ],
  ['notifications that arrive twice', [{ on: 'callback', effect: 'duplicate', times: 'always' }]],
  [
    'notifications that arrive again',
    [1, 4, 6].map((sequence) => ({ on: 'callback', effect: 'dropAcknowledgement', sequence })),
  ],
  ['notifications that arrive late', [{ on: 'callback', effect: 'delay', delayMs: 100, times: 'always' }]],
  ['notifications that arrive after the next one', [{ on: 'callback', effect: 'reorder', times: 'always' }]],
])('the sample bot handles its calls in spite of %s', async (_, faults) => {
  const serviceUrl = inject('baseUrl')
  const { port, applicationId, output, exited, hasExited } = await startBot()
  const path = `${serviceUrl}/simulator/faults/${applicationId}`
  const headers = { authorization: `Bearer ${await fetchToken(applicationId)}`, 'content-type': 'application/json' }
  await fetch(path, { method: 'PUT', headers, body: JSON.stringify({ seed: 1, faults }) })
  await runFlow({
    serviceUrl,
    callingWebhook: `http://127.0.0.1:${port}/api/calls`,
    tenantId: TENANT_ID,
    applicationId,
    countEndedCalls: () => {
      if (hasExited()) throw new Error(`the bot has ended: ${output()}`)
      return output().match(/Waiting for call [23]/g)?.length ?? 0
    },
  })
  expect(await exited, output()).toEqual([0, null])
  expect(output()).toContain('call 1: Heidi Steen has joined')
  const { faults: states } = (await (await fetch(path, { headers })).json()) as { faults: { fired: number }[] }
  for (const { fired } of states) expect(fired).toBeGreaterThan(0)
})

test.skipIf(!canRun('curl'))('the commands in the README of the sample bot work as pasted', async () => {
  const { port, applicationId, output } = await startBot()
  const readme = readFileSync('examples/bot/README.md', 'utf8')
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const commands = blocks
    .filter((block) => !/\bnpm\b/.test(block))
    .join('\necho\n')
    .replace('http://127.0.0.1:7071', inject('baseUrl'))
    .replace('http://localhost:3978', `http://localhost:${port}`)
    .replaceAll(README_APPLICATION_ID, applicationId)
    .replaceAll('curl ', 'curl -sS --fail-with-body ')
  await run('bash', ['-euo', 'pipefail', '-c', commands])
  await expect.poll(output).toContain('Waiting for call 2 of 3.')
  const [, promised = ''] = /```text\n([\s\S]*?)```/.exec(readme) ?? []
  expect(output().replace(/calls\/\w+/, 'calls/...')).toContain(promised)
})

test('the sample bot says how to start the service when it cannot reach it', async () => {
  const env = { ...process.env, GRAPH_BASE_URL: 'http://127.0.0.1:1', PORT: '0' }
  await expect(run(process.execPath, ['dist/examples/bot/bot.js'], { env })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot reach the service at http:\/\/127\.0\.0\.1:1 .*npm start/),
  })
})

async function startBot(serviceUrl = inject('baseUrl')) {
  const applicationId = randomUUID()
  const bot = await startSampleBot(serviceUrl, { applicationId, tenantId: TENANT_ID })
  const resourceData = { state: 'incoming', source: { identity: { user: { id: randomUUID() } } } }
  return {
    ...bot,
    applicationId,
    notify: async (headers: Record<string, string>, call = '1') => {
      const notification = { changeType: 'created', resource: `/app/calls/${call}`, resourceData }
      const body = JSON.stringify({ value: [notification] })
      return (await fetch(`http://127.0.0.1:${bot.port}/api/calls`, { method: 'POST', headers, body })).status
    },
  }
}

/** Starts a service that signs whatever a test wants, and records the calls that are answered. */
async function startFakeService() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const answered: string[] = []
  const replies: Record<string, object> = {
    [`/${TENANT_ID}/oauth2/v2.0/token`]: { access_token: 'any', expires_in: 3_600 },
    '/v1/keys': { keys: [await exportJWK(publicKey)] },
  }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path.endsWith('/answer')) answered.push(path)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(replies[path] ?? {}))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  replies['/v1/.well-known/OpenIdConfiguration'] = { jwks_uri: `${url}/v1/keys` }
  const sign = (issuer: string, audience: string) => {
    const jwt = new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('1h')
    return jwt.setIssuer(issuer).setAudience(audience).sign(privateKey)
  }
  return { url, sign, answered }
}

/** Returns a token that is correct except for its signing key. */
async function forgeToken(applicationId: string): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256')
  const jwt = new SignJWT({ tid: TENANT_ID }).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('1h')
  return jwt.setIssuer(ISSUER).setAudience(applicationId).sign(privateKey)
}

/** Returns a token that the service has signed, but for requests to the service. */
async function fetchToken(applicationId: string): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: applicationId, client_secret: 'any' }
  const response = await fetch(`${inject('baseUrl')}/${TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { startOwnService } from '../../support/ownService.js'
import { startBot } from '../../support/testBot.js'

// Some official clients send no token over http, and others refuse http.

const NAMES = 'graph.microsoft.com,login.microsoftonline.com,api.aps.skype.com'
const WEBHOOK_IN_BANNER = 'http://localhost:3978/api/calls'
let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService(NAMES, {}, startOwnService)
})
afterAll(() => service.stop())

test('the banner says how Node.js, .NET and Python trust the service, and which line the hosts file needs', () => {
  const caFile = `'${join(service.keys, 'ca.crt')}'`
  expect(service.log()).toContain(`Node.js:  export NODE_EXTRA_CA_CERTS=${caFile}\n`)
  expect(service.log()).toContain(`.NET:     export SSL_CERT_FILE=${caFile} `)
  expect(service.log()).toContain(`Python:   export SSL_CERT_FILE=${caFile} REQUESTS_CA_BUNDLE=${caFile}\n`)
  expect(service.log()).toContain(`127.0.0.1 ${NAMES.replaceAll(',', ' ')}\n`)
  expect(service.baseUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
})

test('the commands in the banner work as pasted', async () => {
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const [banner = ''] = /^TOKEN=[\s\S]*?(?=^Ctrl-C)/m.exec(service.log()) ?? []
  expect(banner).toContain(WEBHOOK_IN_BANNER)
  // Another bot may listen on the port in the banner.
  const commands = banner.replace(WEBHOOK_IN_BANNER, bot.callbackUri)
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands])
  expect(stdout).toContain(`"callingWebhook":"${bot.callbackUri}"`)
})

test('48. the service speaks TLS, and all URLs that it returns are https', async () => {
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const body = { callbackUri: bot.callbackUri, meetingInfo }
  const created = await bot.request('POST', '/v1.0/communications/calls', body)
  expect(created.headers.get('location')).toBe(`${service.baseUrl}/v1.0/communications/calls/${created.body.id}`)

  const metadata = await (await fetch(`${service.baseUrl}/v1/.well-known/OpenIdConfiguration`)).json()
  expect(metadata).toMatchObject({ jwks_uri: `${service.baseUrl}/v1/keys` })
})

test('the service accepts a callback whose certificate is signed by its own authority', async () => {
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const [key, cert] = await Promise.all(
    ['server.key', 'server.crt'].map((file) => readFile(join(service.keys, file), 'utf8')),
  )
  const server = createServer({ key, cert }, (request, response) => {
    server.emit('notified', request.url)
    response.writeHead(202).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const callbackUri = `https://localhost:${(server.address() as AddressInfo).port}/api/calls`
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const notified = once(server, 'notified')
  expect((await bot.request('POST', '/v1.0/communications/calls', { callbackUri, meetingInfo })).status).toBe(201)
  expect(await notified).toEqual(['/api/calls'])
})

test('46. the certificate is valid for the given host names only, and the service declines HTTP/2', async () => {
  const port = Number(new URL(service.baseUrl).port)
  const handshake = async (servername: string) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ALPNProtocols: ['h2', 'http/1.1'] })
    try {
      await once(socket, 'secureConnect')
      // Clients that offer HTTP/2 continue with HTTP/1.1.
      return socket.alpnProtocol
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    } finally {
      socket.destroy()
    }
  }
  for (const name of ['localhost', ...NAMES.split(',')]) expect(await handshake(name)).toBe('http/1.1')
  expect(await handshake('example.com')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('a client that does not trust the authority cannot connect', async () => {
  service.setTrust(false)
  onTestFinished(() => service.setTrust(true))
  const port = Number(new URL(service.baseUrl).port)
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost' })
  await expect(once(socket, 'secureConnect')).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/),
  })
})

test('a bot with hard-coded Microsoft hosts runs unchanged and accepts the tokens on its notifications', async () => {
  const env = {
    ...process.env,
    HOST_NAMES: NAMES,
    SERVICE_PORT: new URL(service.origin).port,
    NODE_EXTRA_CA_CERTS: join(service.keys, 'ca.crt'),
  }
  const script = [
    '--require',
    './test/integration/clients/hardCoded/hosts.cjs',
    'test/integration/clients/hardCoded/bot.mjs',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, script, { env, timeout: 60_000 })
  expect(stdout.trim().split('\n')).toEqual([
    '201 true',
    'updated establishing',
    'updated established',
    'updated audio',
    'updated terminating',
    'deleted terminated',
  ])
})

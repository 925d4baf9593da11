import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import { COMMUNICATIONS, establishCall, newBot } from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { send } from '../../../support/testBot.js'
import { startVault, type TestVault } from '../../../support/vault.js'

// The service as it runs on Azure, with a key in a vault and the managed identity of App Service.

const VAULT = 'ringback-test.vault.azure.net'
const CLIENT_ID = '6e0b8cf0-6f0c-4f0e-9c56-9d1f7c6d3a51'
/** A module that prints which libraries for a vault are loaded. */
const PRINT_LOADED_LIBRARIES = `
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      const [, library] = /(@azure\\/(?:identity|keyvault-keys))\\//.exec(url) ?? []
      if (library) console.log('loaded ' + library)
      return next(url, context)
    },
  })`
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(PRINT_LOADED_LIBRARIES)}`
const readLoadedLibraries = ({ log }: RunningService) => [...new Set(log().match(/^loaded .*$/gm))].toSorted()

let vault: TestVault
let proxy: Server
let identityRequests: URL[]
let service: RunningService

beforeAll(async () => {
  vault = await startVault(VAULT)
  vault.addVersion({ created: 1_700_000_000 })
  identityRequests = []
  proxy = createProxy().listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  service = await startOwnService({
    NODE_OPTIONS,
    NOTIFICATION_KEY: `https://${VAULT}/keys/notifications`,
    NODE_EXTRA_CA_CERTS: vault.caFile,
    HTTPS_PROXY: address,
    NO_PROXY: '127.0.0.1,localhost',
    IDENTITY_ENDPOINT: `${address}/msi/token`,
    IDENTITY_HEADER: 'secret',
    AZURE_CLIENT_ID: CLIENT_ID,
  })
})
afterAll(async () => {
  await service.stop()
  proxy.closeAllConnections()
  proxy.close()
  await vault.stop()
})

/** A proxy that connects only to the vault. It is also the endpoint where an app on Azure gets its identity. */
function createProxy(): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    identityRequests.push(url)
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600)
    const token = { access_token: `token of ${url.searchParams.get('client_id')}`, expires_on, token_type: 'Bearer' }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token))
  }).on('connect', (request, socket) => {
    if (request.url !== `${VAULT}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const through = connect(vault.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(through).pipe(socket)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
  })
}

test('the service loads the libraries of the vault and sends it requests only when it needs a key', async () => {
  expect(readLoadedLibraries(service)).toEqual([])
  expect(vault.authorizations).toEqual([])
  expect((await send(service.baseUrl, 'GET', '/v1/keys')).status).toBe(200)
  await expect
    .poll(() => readLoadedLibraries(service))
    .toEqual(['loaded @azure/identity', 'loaded @azure/keyvault-keys'])
  expect(vault.requests[0]).toBe('GET /keys/notifications/versions')
})

test('the vault signs the token of a notification, which verifies against the published keys', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  await establishCall(bot, COMMUNICATIONS)
  const [, token = ''] = bot.received[0]?.headers.authorization?.split(' ') ?? []
  const keys = createRemoteJWKSet(new URL(`${service.baseUrl}/v1/keys`))

  const { payload } = await jwtVerify(token, keys, { issuer: 'https://api.botframework.com', algorithms: ['RS256'] })
  const { iat = 0 } = payload
  expect(payload).toEqual({
    iss: 'https://api.botframework.com',
    aud: bot.applicationId,
    tid: bot.tenantId,
    iat,
    nbf: iat,
    exp: iat + 3600,
  })
  const { body } = await send(service.baseUrl, 'GET', '/v1/keys')
  expect(body.keys).toEqual([
    { ...vault.versions[0]?.publicJwk, alg: 'RS256', use: 'sig', kid: decodeProtectedHeader(token).kid },
  ])
  const signatures = vault.requests.filter((request) => request.endsWith('/sign'))
  expect(signatures).toEqual([`POST /keys/notifications/${vault.versions[0]?.id}/sign`])
})

test('the service sends its requests to the vault with the identity of AZURE_CLIENT_ID', () => {
  expect(identityRequests.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
    expect.objectContaining({ client_id: CLIENT_ID, resource: 'https://vault.azure.net' }),
  ])
  const [first, ...rest] = vault.authorizations
  expect(first).toBeUndefined()
  expect(new Set(rest)).toEqual(new Set([`Bearer token of ${CLIENT_ID}`]))
})

test('a service without NOTIFICATION_KEY does not load the vault libraries', async () => {
  const local = await startOwnService({ NODE_OPTIONS })
  try {
    const bot = await newBot({ baseUrl: local.baseUrl })
    await establishCall(bot, COMMUNICATIONS)
    expect((await send(local.baseUrl, 'GET', '/v1/keys')).body.keys).toHaveLength(1)
    expect(readLoadedLibraries(local)).toEqual([])
  } finally {
    await local.stop()
  }
})

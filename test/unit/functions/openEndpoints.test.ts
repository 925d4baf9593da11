import { expect, test, vi } from 'vitest'
import type { Service } from '../../../shared/service/service.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { requestInProcess } from '../../support/inProcess.js'
import { createServiceFixture } from '../../support/serviceFixture.js'

// The endpoints that need no token.

let service: Service
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => service,
}))
await import('../../../functions/health.js')
await import('../../../functions/auth/notificationMetadata.js')

const get = async (path: string) => {
  const { status, body } = await requestInProcess('', { method: 'GET', path, headers: {} })
  return { status, body: JSON.parse(body) }
}

test('GET /health returns 503 while the storage does not answer', async () => {
  const fixture = createServiceFixture()
  service = fixture.service
  fixture.tables.before = () => {
    throw new StorageUnavailable('no answer')
  }
  expect(await get('/health')).toMatchObject({ status: 503, body: { error: { code: 'serviceNotAvailable' } } })
  fixture.tables.before = () => undefined
  expect(await get('/health')).toEqual({ status: 200, body: { status: 'healthy' } })
})

test('HEAD gets the status of GET, and no body', async () => {
  service = createServiceFixture().service
  const reply = await requestInProcess('', { method: 'HEAD', path: '/health', headers: {} })
  expect(reply).toMatchObject({ status: 200, body: '' })
})

const SITE = 'ringback.azurewebsites.net'
const NOTIFICATION_KEY = 'https://my-vault.vault.azure.net/keys/notifications'
const ON_AZURE = { RINGBACK_LOCAL: 'false', WEBSITE_HOSTNAME: SITE, NOTIFICATION_KEY }

test.each([
  ['the address of the request', {}, 'http://localhost'],
  ['the address of the request, locally', { WEBSITE_HOSTNAME: 'localhost:7071' }, 'http://localhost'],
  ['the address of the site, on Azure', ON_AZURE, `https://${SITE}`],
  ['PUBLIC_BASE_URL', { ...ON_AZURE, PUBLIC_BASE_URL: 'https://calls.example/' }, 'https://calls.example'],
])('an address in a reply begins with %s', async (_, settings: Record<string, string>, baseUrl) => {
  service = createServiceFixture(settings).service
  expect((await get('/v1/.well-known/OpenIdConfiguration')).body).toMatchObject({ jwks_uri: `${baseUrl}/v1/keys` })
})

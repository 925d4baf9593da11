import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { readSettings } from '../../../shared/service/config.js'
import { startOwnService } from '../../support/ownService.js'
import { expectError } from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { send } from '../../support/testBot.js'

// A service as it can run on Azure: it issues no tokens and simulates no people.
let service: RunningService

beforeAll(async () => {
  service = await startOwnService({ SIMULATOR: 'false', RINGBACK_LOCAL: 'false' })
})
afterAll(() => service.stop())

const switchedOff: [setting: string, method: string, path: string][] = [
  ['SIMULATOR', 'POST', '/simulator/calls'],
  ['SIMULATOR', 'POST', `/simulator/people/${randomUUID()}/answer`],
  ['SIMULATOR', 'POST', `/simulator/people/${randomUUID()}/press`],
  ['SIMULATOR', 'POST', `/simulator/calls/${randomUUID()}/participants`],
  ['SIMULATOR', 'POST', '/v1.0/me/onlineMeetings'],
  ['SIMULATOR', 'GET', '/v1.0/me/onlineMeetings'],
  ['SIMULATOR', 'GET', '/v1.0/communications/onlineMeetings/1'],
  ['SIMULATOR', 'POST', '/v1.0/communications/onlineMeetings'],
  ['SIMULATOR', 'POST', '/v1.0/me/onlineMeetings/createOrGet'],
  ['SIMULATOR', 'PATCH', '/v1.0/me/onlineMeetings/1'],
  ['SIMULATOR', 'DELETE', '/v1.0/me/onlineMeetings/1'],
  ['SIMULATOR', 'GET', '/v1.0/users/someone/calendar/events'],
  ['RINGBACK_LOCAL', 'GET', `/simulator/faults/${randomUUID()}`],
  ['RINGBACK_LOCAL', 'PUT', `/simulator/faults/${randomUUID()}`],
  ['RINGBACK_LOCAL', 'DELETE', `/simulator/faults/${randomUUID()}`],
  ['RINGBACK_LOCAL', 'POST', '/common/oauth2/v2.0/token'],
  ['RINGBACK_LOCAL', 'GET', '/common/v2.0/.well-known/openid-configuration'],
  ['RINGBACK_LOCAL', 'GET', '/common/discovery/v2.0/keys'],
]

test.each(switchedOff)('%s=false removes the endpoint %s %s', async (_, method, path) => {
  expectError(await send(service.baseUrl, method, path, { body: method === 'POST' ? {} : undefined }), {
    status: 404,
    code: 'itemNotFound',
    says: `No such endpoint: ${method} ${path}`,
  })
})

test('RINGBACK_LOCAL=false leaves a call protected by a token', async () => {
  expectError(await send(service.baseUrl, 'GET', `/v1.0/communications/calls/${randomUUID()}`), {
    status: 401,
    code: 'unauthenticated',
  })
})

test.each(['/health', '/v1/keys', '/v1/.well-known/OpenIdConfiguration'])(
  'no setting removes the endpoint %s',
  async (path) => {
    expect((await send(service.baseUrl, 'GET', path)).status).toBe(200)
  },
)

const callbacks: [address: string, settings: Record<string, string>, allowed: boolean][] = [
  ['https://bot.example/', { RINGBACK_LOCAL: 'false' }, true],
  ['http://localhost:3978/', { RINGBACK_LOCAL: 'true' }, true],
  ['http://127.0.0.1:3978/', { RINGBACK_LOCAL: 'true' }, true],
  ['http://[::1]:3978/', { RINGBACK_LOCAL: 'true' }, true],
  ['http://127.0.0.1:3978/', { RINGBACK_LOCAL: 'false' }, false],
  ['http://bot:3978/', { RINGBACK_LOCAL: 'true' }, false],
  ['http://bot:3978/', { RINGBACK_LOCAL: 'true', CALLBACK_ALLOW_LIST: 'other, BOT' }, true],
  ['http://bot:3978/', { RINGBACK_LOCAL: 'false', CALLBACK_ALLOW_LIST: 'bot' }, false],
]

test.each(callbacks)(
  'the policy for the callback %s with the settings %o has the result: allowed = %s',
  async (address, settings, allowed) => {
    const resolveHost = async () => [{ address: '93.184.215.14', family: 4 }]
    const check = new CallbackUrlPolicy(readSettings(settings), resolveHost).check(address, 'callbackUri')

    if (allowed) await check
    else await expect(check).rejects.toThrow(/^callbackUri: must be/)
  },
)

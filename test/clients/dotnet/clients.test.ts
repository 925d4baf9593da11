import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningService, startService } from '../../support/service.js'
import { CLIENTS, QUIET } from './clients.js'

// The programs say `ok - ...` or `not ok - ...; got: ...` of each thing that they look at.

let service: RunningService

beforeAll(async () => {
  // The stateful client refuses http, even to this machine.
  service = await startService({}, undefined, ['--https'])
})
afterAll(() => service?.stop())

async function play(flow: string): Promise<string[]> {
  const env = {
    ...process.env,
    ...QUIET,
    RINGBACK_BASE_URL: service.baseUrl.replace('127.0.0.1', 'localhost'),
    RINGBACK_CERTIFICATE: join(service.keys, 'server.crt'),
    RINGBACK_KEY: join(service.keys, 'server.key'),
    SSL_CERT_FILE: join(service.keys, 'ca.crt'),
  }
  const ended = promisify(execFile)('dotnet', [CLIENTS, flow], { env }).catch((error: { stdout: string }) => error)
  return (await ended).stdout.split('\n').filter((line) => line !== '')
}

test.each([
  ['Microsoft.Graph 5', 'graph', 35],
  ['the stateful client of the Communications SDK', 'communications', 11],
])('%s runs its flow', async (_, flow, count) => {
  const lines = await play(flow)
  expect(lines.filter((line) => !line.startsWith('ok - '))).toEqual([])
  expect(lines).toHaveLength(count)
})

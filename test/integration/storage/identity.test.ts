import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueClient } from '@azure/storage-queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeServerCertificate, trust } from '../../../local-host/certificates.js'
import { AzureQueues, AzureTables, createTablesAndQueues, type StorageAddress } from '../../../shared/storage/azure.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { describeTables } from '../../support/storageContract.js'

// The storage as on Azure: no key, but a token of whoever runs the app. The emulator looks at such tokens too, over https.

const ACCOUNT = 'devstoreaccount1'
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
let directory: string
let emulator: ChildProcess
let endpoints: Map<string, string>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-identity-'))
  const certificate = await makeServerCertificate(directory, [])
  trust(certificate)
  const [cert, key] = [join(directory, 'server.crt'), join(directory, 'server.key')]
  const ports = ['--blobPort=0', '--queuePort=0', '--tablePort=0', '--inMemoryPersistence', '--disableTelemetry']
  const args = ['node_modules/azurite/dist/src/azurite.js', ...ports, `--cert=${cert}`, `--key=${key}`, '--oauth=basic']
  emulator = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  endpoints = await announced(emulator)
  // Somebody else makes the tables and queues: on Azure the deployment.
  await createTablesAndQueues(withKey())
})
afterAll(async () => {
  emulator.kill()
  await rm(directory, { recursive: true })
})

const withKey = () =>
  ['DefaultEndpointsProtocol=https', `AccountName=${ACCOUNT}`, `AccountKey=${KEY}`]
    .concat(['Blob', 'Table', 'Queue'].map((service) => `${service}Endpoint=${endpoints.get(service)}/${ACCOUNT}`))
    .join(';')

function announced(child: ChildProcess): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const [, service = '', url = ''] of output.matchAll(
        /Azurite (\w+) service is successfully listening at (\S+)\n/g,
      ))
        found.set(service, url)
      if (found.size === 3) resolve(found)
    })
    child.once('exit', () => reject(new Error(output)))
  })
}

/** What Entra ID would issue for the storage, as far as the emulator looks at it. */
function tokenFor(audience: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const iss = 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/'
  const claims = { aud: audience, iss, iat: seconds, nbf: seconds, exp: seconds + 3600 }
  return [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}
const asked: string[] = []
const addressFor = (audience = 'https://storage.azure.com'): StorageAddress => ({
  tableServiceUri: `${endpoints.get('Table')}/${ACCOUNT}`,
  queueServiceUri: `${endpoints.get('Queue')}/${ACCOUNT}/`,
  credential: {
    getToken: async (scopes) => {
      asked.push(...[scopes].flat())
      return { token: `${tokenFor(audience)}.c2lnbmF0dXJl`, expiresOnTimestamp: Date.now() + 3_600_000 }
    },
  },
})

describeTables('AzureTables as an identity', () => new AzureTables(addressFor()))

test('hints are sent as the identity too', async () => {
  await new AzureQueues(addressFor()).send('notifications', { callId: 'a' }, 0)
  const { receivedMessageItems } = await new QueueClient(withKey(), 'notifications').receiveMessages()
  expect(receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString())).toEqual([
    '{"callId":"a"}',
  ])
  expect(new Set(asked)).toEqual(new Set(['https://storage.azure.com/.default']))
})

test('an identity that may not is no storage that is away', async () => {
  const refused = new AzureTables(addressFor('https://vault.azure.net')).get('calls', 'a', 'a')
  await expect(refused).rejects.toThrow()
  await expect(refused).rejects.not.toBeInstanceOf(StorageUnavailable)
})

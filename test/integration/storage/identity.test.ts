import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueClient } from '@azure/storage-queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeServerCertificate, trust } from '../../../hosting/certificates.js'
import {
  AzureBlobs,
  AzureQueues,
  AzureTables,
  createStorage,
  type StorageAddress,
} from '../../../shared/storage/azure.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { describeBlobs } from '../../support/blobContract.js'
import { describeTables } from '../../support/storageContract.js'

// As on Azure, storage is accessed with an identity's token instead of a key. Azurite checks such tokens over https.

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
  endpoints = await readEndpoints(emulator)
  // On Azure, the deployment creates the tables, the queues and the blob container.
  await createStorage(connectionString())
  // The first request with a connection string of the emulator creates the container.
  await new AzureBlobs(connectionString()).get('any')
})
afterAll(async () => {
  emulator.kill()
  await rm(directory, { recursive: true })
})

const connectionString = () =>
  ['DefaultEndpointsProtocol=https', `AccountName=${ACCOUNT}`, `AccountKey=${KEY}`]
    .concat(['Blob', 'Table', 'Queue'].map((service) => `${service}Endpoint=${endpoints.get(service)}/${ACCOUNT}`))
    .join(';')

/** Returns the URL of each service, by its name, as the emulator prints them. */
function readEndpoints(child: ChildProcess): Promise<Map<string, string>> {
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

/** Returns the part of Entra ID's token that the emulator checks: header and claims. */
function unsignedTokenFor(audience: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const iss = 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/'
  const claims = { aud: audience, iss, iat: seconds, nbf: seconds, exp: seconds + 3600 }
  return [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}
const requestedScopes: string[] = []
const addressFor = (audience = 'https://storage.azure.com'): StorageAddress => ({
  blobServiceUri: `${endpoints.get('Blob')}/${ACCOUNT}/`,
  tableServiceUri: `${endpoints.get('Table')}/${ACCOUNT}`,
  queueServiceUri: `${endpoints.get('Queue')}/${ACCOUNT}/`,
  credential: {
    getToken: async (scopes) => {
      requestedScopes.push(...[scopes].flat())
      return { token: `${unsignedTokenFor(audience)}.c2lnbmF0dXJl`, expiresOnTimestamp: Date.now() + 3_600_000 }
    },
  },
})

describeTables('AzureTables as an identity', () => new AzureTables(addressFor()))
describeBlobs('AzureBlobs as an identity', () => new AzureBlobs(addressFor()))

test('queue messages are sent with the token of the identity', async () => {
  await new AzureQueues(addressFor()).send('notifications', { callId: 'a' }, 0)
  const { receivedMessageItems } = await new QueueClient(connectionString(), 'notifications').receiveMessages()
  expect(receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString())).toEqual([
    '{"callId":"a"}',
  ])
  expect(new Set(requestedScopes)).toEqual(new Set(['https://storage.azure.com/.default']))
})

test('a forbidden identity is not reported as unavailable storage', async () => {
  const refused = new AzureTables(addressFor('https://vault.azure.net')).get('calls', 'a', 'a')
  await expect(refused).rejects.toThrow()
  await expect(refused).rejects.not.toBeInstanceOf(StorageUnavailable)
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, inject, onTestFinished, test } from 'vitest'
import { AzureQueues, AzureTables } from '../../shared/storage/azure.js'
import { StorageConflict, StorageUnavailable } from '../../shared/storage/tables.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  establishMeeting,
  expectError,
  newBot,
  placeCall,
} from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'
import { user } from '../support/testBot.js'
import { type Refusal, startThrottledStorage } from '../support/throttledStorage.js'

// An overloaded storage refuses requests for a while. None of them may become a 500, and no wake-up may be lost.

const REFUSALS: Refusal[] = [
  { status: 503, code: 'ServerBusy' },
  { status: 500, code: 'OperationTimedOut' },
  { status: 500, code: 'InternalError' },
  { status: 429, code: 'TooManyRequests' },
  { status: 408, code: 'RequestTimeout' },
]
/** The library sends a read up to four times, with pauses that double. */
const READ_TIMEOUT_MS = 30_000
const twoRows = ['a', 'b'].map((rowKey) => ({ type: 'put', rowKey, value: 1 }) as const)

test.concurrent.for(REFUSALS)(
  'every request refused with $status $code throws StorageUnavailable',
  {
    timeout: READ_TIMEOUT_MS,
  },
  async (refusal, { expect: expectHere }) => {
    const storage = await startThrottledStorage()
    const connection = storage.rewriteConnectionString(inject('storage'))
    const tables = new AzureTables(connection)
    const queues = new AzureQueues(connection)
    storage.refuse(['Table', 'Queue'], refusal)

    const outcomes = await Promise.allSettled([
      tables.get('calls', 'a', 'a'),
      tables.list('calls', { to: 'a' }),
      tables.write('calls', 'a', [{ type: 'insert', rowKey: 'a', value: 1 }]),
      tables.write('calls', 'a', [{ type: 'put', rowKey: 'a', value: 1 }]),
      tables.write('calls', 'a', [{ type: 'replace', rowKey: 'a', value: 1, etag: 'x' }]),
      tables.write('calls', 'a', [{ type: 'delete', rowKey: 'a' }]),
      tables.write('calls', 'a', twoRows),
      queues.send('notifications', { callId: 'a' }, 0),
      queues.send('call-timers', { callId: 'a', timer: 'a' }, 0),
    ])
    storage.close()

    for (const outcome of outcomes) {
      expectHere(outcome).toMatchObject({ status: 'rejected', reason: expectHere.any(StorageUnavailable) })
    }
  },
)

/** Starts a table service that answers every transaction with 202 and this part. */
async function answerTransactionsWith(part: string): Promise<AzureTables> {
  const headers = 'Content-Type: application/http\r\nContent-Transfer-Encoding: binary'
  const changeSet = ['', headers, '', part, '--changesetresponse_1--', ''].join('\r\n')
  const body = ['--batchresponse_1', 'Content-Type: multipart/mixed; boundary=changesetresponse_1', '']
    .concat(`--changesetresponse_1${changeSet}`, '--batchresponse_1--', '')
    .join('\r\n')
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(202, { 'Content-Type': 'multipart/mixed; boundary=batchresponse_1' }).end(body)
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return new AzureTables(
    inject('storage').replace(/TableEndpoint=[^;]+/, `TableEndpoint=http://127.0.0.1:${port}/account`),
  )
}

const BODIES: [title: string, body: (code: string) => string][] = [
  ['an error in JSON', (code) => JSON.stringify({ 'odata.error': { code, message: { lang: 'en', value: code } } })],
  ['an error in JSON of several lines', (code) => JSON.stringify({ 'odata.error': { code } }, null, 2)],
  ['an error in XML', (code) => `<error><code>${code}</code></error>`],
  ['no body', () => ''],
]

// The library reports a refused part as a success if it has no body, or a body that the library cannot read.
test.for(BODIES.flatMap(([title, body]) => REFUSALS.map(({ status, code }) => [title, status, code, body] as const)))(
  'a transaction whose part is refused with %s and the status %i %s throws StorageUnavailable',
  async ([, status, code, body]) => {
    const tables = await answerTransactionsWith(
      `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/json\r\n\r\n${body(code)}`,
    )
    await expect(tables.write('calls', 'a', twoRows)).rejects.toThrow(StorageUnavailable)
  },
)

test('a transaction whose part is refused with 412 and no body is a conflict', async () => {
  const tables = await answerTransactionsWith('HTTP/1.1 412 Precondition Failed\r\n\r\n')
  await expect(tables.write('calls', 'a', twoRows)).rejects.toThrow(StorageConflict)
})

test('a transaction whose reply has fewer parts than rows has an unknown outcome', async () => {
  const tables = await answerTransactionsWith('HTTP/1.1 204 No Content\r\nETag: x\r\n\r\n')
  await expect(tables.write('calls', 'a', twoRows)).rejects.toThrow(StorageUnavailable)
})

const SERVICE_TIMEOUT_MS = 120_000
const QUICK_SWEEPS = { SWEEP_SCHEDULE: '* * * * * *', WATCHDOG_DELAY_MS: '2000' }

test('requests that meet a throttled storage return 503 with Retry-After, and its timers are carried out later', {
  timeout: SERVICE_TIMEOUT_MS,
}, async () => {
  const storage = await startThrottledStorage()
  onTestFinished(() => storage.close())
  const service = await startService(
    { SIMULATOR_ANSWER_AFTER_MS: '1000', ...QUICK_SWEEPS },
    storage.rewriteConnectionString,
  )
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl, registered: 'communications' })
  const meeting = await establishMeeting(bot, COMMUNICATIONS)
  const incoming = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.waitFor(4)
  // The timer by which the person answers becomes due while the storage refuses, and so do the first notifications.
  const outgoing = await bot.request('POST', COMMUNICATIONS.calls, callBody(bot))
  expect(outgoing.status).toBe(201)

  const registration = { displayName: 'Bot', tenantId: bot.tenantId, callingWebhook: bot.callbackUri }
  const simulatedCall = { to: { application: { id: bot.applicationId } }, from: user() }
  const sendAll = () =>
    Promise.all([
      bot.request('POST', COMMUNICATIONS.calls, callBody(bot)),
      bot.request('GET', meeting),
      bot.request('DELETE', meeting),
      bot.request('POST', `${meeting}/mute`, {}),
      bot.request('POST', `${meeting}/participants/invite`, { participants: [{ identity: user() }] }),
      bot.request('GET', `${meeting}/participants`),
      bot.request('POST', `${incoming}/answer`, ANSWER),
      bot.request('POST', `${incoming}/reject`, { reason: 'busy' }),
      bot.request('PUT', `/bots/${bot.applicationId}`, registration),
      bot.request('GET', `/bots/${bot.applicationId}`),
      bot.request('GET', '/deliveries'),
      bot.request('POST', '/simulator/calls', simulatedCall),
    ])
  for (const refusal of REFUSALS) {
    storage.refuse(['Table', 'Queue'], refusal)
    for (const reply of await sendAll()) {
      expectError(reply, { status: 503, code: 'serviceNotAvailable' })
      expect(reply.headers.get('retry-after')).toMatch(/^\d+$/)
    }
  }
  storage.recover()

  const readState = async () => (await bot.request('GET', `${COMMUNICATIONS.calls}/${outgoing.body.id}`)).body.state
  await expect.poll(readState, { timeout: SERVICE_TIMEOUT_MS }).toBe('established')
  await bot.waitFor(7, SERVICE_TIMEOUT_MS)
  expect(service.log()).not.toMatch(/Moving message/)
  expect(service.log()).not.toContain('status=500')
})

test('a command succeeds while only the queues are throttled, and its notifications arrive later', {
  timeout: SERVICE_TIMEOUT_MS,
}, async () => {
  const storage = await startThrottledStorage()
  onTestFinished(() => storage.close())
  const service = await startService(QUICK_SWEEPS, storage.rewriteConnectionString)
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  storage.refuse(['Queue'], { status: 503, code: 'ServerBusy' })
  expect((await bot.request('POST', COMMUNICATIONS.calls, callBody(bot))).status).toBe(201)
  storage.recover()

  // Neither wake-up was sent, so the sweep finds the timer and the notifications.
  await bot.waitFor(3, SERVICE_TIMEOUT_MS)
})

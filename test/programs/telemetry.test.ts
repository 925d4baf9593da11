import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { makeServerCertificate } from '../../hosting/certificates.js'
import { AzureTables } from '../../shared/storage/azure.js'
import { bucketOf } from '../../shared/storage/watchdogStore.js'
import { COMMUNICATIONS, callBody, newBot } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'
import { meetingBody } from '../support/testBot.js'

/** An item of telemetry, as Azure Monitor receives it. */
interface TelemetryItem {
  readonly tags: Record<string, string>
  readonly data: {
    readonly baseData: {
      name?: string
      metrics?: { name: string; value: number; max?: number }[]
    }
  }
}

/** Starts an ingestion endpoint of Azure Monitor, which keeps what it receives. */
async function startIngestion() {
  const items: TelemetryItem[] = []
  const directory = await mkdtemp(join(tmpdir(), 'ringback-ingestion-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { key: serverKey, cert, caFile } = await makeServerCertificate(directory, [])
  const server = createServer({ key: serverKey, cert }, async (request, response) => {
    const received = parseItems(Buffer.concat(await request.toArray()), request.headers['content-encoding'])
    items.push(...received)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ itemsReceived: received.length, itemsAccepted: received.length, errors: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const key = '00000000-0000-4000-8000-000000000001'
  const connectionString = `InstrumentationKey=${key};IngestionEndpoint=${endpoint};LiveEndpoint=${endpoint}`
  return {
    items,
    settings: { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString, NODE_EXTRA_CA_CERTS: caFile },
  }
}

/** Azure Monitor accepts a JSON array, and JSON lines. */
function parseItems(body: Buffer, encoding: string | undefined): TelemetryItem[] {
  const text = encoding === 'gzip' ? gunzipSync(body).toString() : body.toString()
  if (text.startsWith('[')) return JSON.parse(text)
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

const metricsOf = (items: readonly TelemetryItem[]) => items.flatMap(({ data }) => data.baseData.metrics ?? [])

test('a request, its queue messages and the POST to the callback are one trace, and metrics are exported', async () => {
  const { items, settings } = await startIngestion()
  const service = await startService(settings)
  const bot = await newBot({ baseUrl: service.baseUrl })
  const traceId = randomBytes(16).toString('hex')
  const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, callBody(bot), headers)
  expect(reply.status).toBe(201)
  const received = await bot.waitFor(3)
  // The request causes the first notification. The answer of the person, a timer of the call, causes the others.
  for (const notification of received) {
    expect(notification.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
  }
  await service.stop()

  const ofTrace = items.filter(({ tags }) => tags['ai.operation.id'] === traceId)
  const names = new Set(ofTrace.map(({ data }) => data.baseData.name))
  const host = new URL(bot.callbackUri).host
  for (const name of ['call-create', 'notifications-dispatch', 'call-timer-fire', `POST ${host}`]) {
    expect(names).toContain(name)
  }
  const metrics = new Set(metricsOf(items).map(({ name }) => name))
  for (const name of ['ringback.commands', 'ringback.notification.attempts']) expect(metrics).toContain(name)
})

/** Times at which the sweep must inspect a call while its callback fails. */
const SWEEP_SETTINGS = {
  SWEEP_SCHEDULE: '* * * * * *',
  RETRY_SCHEDULE_SECONDS: '1',
  RETRY_JITTER: '0',
  // A sweep that meets an attempt inspects the call again after the lease: by default half a minute later, when the
  // callback of this test works again.
  NOTIFICATION_TIMEOUT_MS: '1000',
  LEASE_MS: '2000',
  CLOCK_SKEW_MS: '0',
  WATCHDOG_DELAY_MS: '1000',
}
/**
 * One per second. That is longer than the sweep takes to inspect the call twice: at first, and in the second after the
 * lease of 2 s and the bucket of 5 s in which it ends.
 */
const FAILED_ATTEMPTS = 10

test('the age of the oldest pending notification is exported, even if later sweeps find none', async () => {
  const { items, settings } = await startIngestion()
  const service = await startService({ ...settings, ...SWEEP_SETTINGS })
  const bot = await newBot({ baseUrl: service.baseUrl })
  let hasRecovered = false
  bot.onNotification = (_, response) => void response.writeHead(hasRecovered ? 202 : 500).end()
  await bot.request('POST', COMMUNICATIONS.calls, meetingBody(bot.callbackUri))
  await bot.waitFor(FAILED_ATTEMPTS, 60_000)
  hasRecovered = true
  await bot.waitFor(FAILED_ATTEMPTS + 3, 60_000)
  // After the delivery, the sweep moves the watchdog entry to the keep-alive timer, in 45 minutes.
  const tables = new AzureTables(service.storage)
  const findDueSoon = () => tables.list('watchdog', { to: bucketOf(Date.now() + 60_000), limit: 1 })
  await expect.poll(findDueSoon, { interval: 200 }).toEqual([])
  await service.stop()

  const ages = metricsOf(items).filter(({ name }) => name === 'ringback.notification.oldest_pending')
  expect(ages.length).toBeGreaterThan(0)
  expect(Math.max(...ages.map(({ max = 0 }) => max))).toBeGreaterThan(0.5)
})

test('a notification has no traceparent where telemetry is not exported', async () => {
  const bot = await newBot()
  await bot.request('POST', COMMUNICATIONS.calls, meetingBody(bot.callbackUri))
  const [first] = await bot.waitFor(1)
  expect(first?.headers).not.toHaveProperty('traceparent')
})

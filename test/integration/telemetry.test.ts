import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { makeServerCertificate } from '../../local-host/certificates.js'
import { joinMeeting } from '../support/bot.js'
import { COMMUNICATIONS, newBot } from '../support/bots.js'
import { startService } from '../support/service.js'

/** One thing that Azure Monitor is told. */
interface Item {
  readonly name: string
  readonly tags: Record<string, string>
  readonly data: {
    readonly baseData: {
      name?: string
      metrics?: { name: string; value: number; max?: number }[]
      properties?: Record<string, string>
    }
  }
}

/** Where telemetry is sent, as Azure Monitor takes it. */
async function startIngestion() {
  const items: Item[] = []
  const directory = await mkdtemp(join(tmpdir(), 'ringback-ingestion-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { key: serverKey, cert, caFile } = await makeServerCertificate(directory, [])
  const server = createServer({ key: serverKey, cert }, async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString()
    const received = (
      text.startsWith('[')
        ? JSON.parse(text)
        : text
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line))
    ) as Item[]
    items.push(...received)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ itemsReceived: received.length, itemsAccepted: received.length, errors: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const key = '00000000-0000-4000-8000-000000000001'
  return {
    items,
    caFile,
    connectionString: `InstrumentationKey=${key};IngestionEndpoint=${endpoint};LiveEndpoint=${endpoint}`,
  }
}

test('a request, the message that it sends and the POST to the callback are one trace; what is counted is told', async () => {
  const { items, caFile, connectionString } = await startIngestion()
  const settings = { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString, NODE_EXTRA_CA_CERTS: caFile }
  const service = await startService(settings)
  const bot = await newBot({ baseUrl: service.baseUrl })
  const traceId = randomBytes(16).toString('hex')
  const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, joinMeeting(bot.callbackUri), headers)
  expect(reply.status).toBe(201)
  const received = await bot.waitFor(3)
  // The first is caused by the request; the others by a timer of the call, which the request has set.
  for (const one of received) expect(one.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
  await service.stop()

  const ofTrace = items.filter(({ tags }) => tags['ai.operation.id'] === traceId)
  const names = new Set(ofTrace.map(({ data }) => data.baseData.name))
  const host = new URL(bot.callbackUri).host
  for (const name of ['call-create', 'notifications-dispatch', 'call-timer-fire', `POST ${host}`])
    expect(names).toContain(name)
  const metrics = new Set(items.flatMap(({ data }) => (data.baseData.metrics ?? []).map(({ name }) => name)))
  for (const name of ['ringback.commands', 'ringback.notification.attempts']) expect(metrics).toContain(name)
}, 60_000)

test('the longest that a notification was owed is told, also when others are not', async () => {
  const { items, caFile, connectionString } = await startIngestion()
  const service = await startService({
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
    NODE_EXTRA_CA_CERTS: caFile,
    WATCHDOG_DELAY_MS: '1000',
    SWEEP_SCHEDULE: '* * * * * *',
  })
  const bot = await newBot({ baseUrl: service.baseUrl })
  let isWell = false
  bot.onNotification = (_, response) => void response.writeHead(isWell ? 202 : 500).end()
  await bot.request('POST', COMMUNICATIONS.calls, joinMeeting(bot.callbackUri))
  // Three attempts and the waits between them, in which the sweep sees that something is owed; and then that nothing is.
  await bot.waitFor(3)
  isWell = true
  await bot.waitFor(6, 20_000)
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  await service.stop()
  const told = items
    .flatMap(({ data }) => data.baseData.metrics ?? [])
    .filter(({ name }) => name === 'ringback.notification.oldest_pending')
  expect(told.length).toBeGreaterThan(0)
  expect(Math.max(...told.map(({ max = 0 }) => max))).toBeGreaterThan(0.5)
}, 60_000)

test('where nobody watches, nothing is sent along', async () => {
  const bot = await newBot()
  await bot.request('POST', COMMUNICATIONS.calls, joinMeeting(bot.callbackUri))
  const [first] = await bot.waitFor(1)
  expect(first?.headers).not.toHaveProperty('traceparent')
})

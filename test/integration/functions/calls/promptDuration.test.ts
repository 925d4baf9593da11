import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { renderWav } from '../../../../shared/simulator/wav.js'
import { startOwnService } from '../../../support/ownService.js'
import { APP2019, COMMUNICATIONS, establishCall, establishedWithAudio, newBot } from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'

// A service that fetches prompts: they play for the length of their files.

const DURATION_MS = 1_500
let service: RunningService
let media: Server
let requests = 0
let uri: string

beforeAll(async () => {
  service = await startOwnService({ FETCH_PROMPTS: 'true', PROMPT_DURATION_MS: '10' })
  media = createServer((_, response) => {
    requests++
    response.writeHead(200).end(renderWav([], DURATION_MS))
  })
  await once(media.listen(0, '127.0.0.1'), 'listening')
  uri = `http://127.0.0.1:${(media.address() as AddressInfo).port}/a.wav`
})
afterAll(async () => {
  media.close()
  await service.stop()
})

/** Starts a media operation in a new call, and returns how long it took. */
async function measure(baseUrl: string, action: string, body: object, headers: Record<string, string> = {}) {
  const bot = await newBot({ baseUrl })
  const call = await establishCall(bot, COMMUNICATIONS)
  const before = requests
  const startedAt = Date.now()
  expect((await bot.request('POST', `${call}/${action}`, body, headers)).status).toBe(200)
  const repeated = { ...headers, 'retry-attempt': '1' }
  if (headers['client-request-id']) await bot.request('POST', `${call}/${action}`, body, repeated)
  await bot.waitFor(2 + establishedWithAudio(COMMUNICATIONS).length)
  return { ms: (bot.received.at(-1)?.at ?? 0) - startedAt, requests: requests - before }
}

test('a prompt plays for the length of its file, times its loop; a request that is repeated does not fetch', async () => {
  const headers = { 'client-request-id': randomUUID() }
  const prompts = [{ mediaInfo: { uri } }, { mediaInfo: { uri }, loop: 1 }]
  const played = await measure(service.baseUrl, 'playPrompt', { prompts }, headers)
  expect(played.ms).toBeGreaterThanOrEqual(2 * DURATION_MS)
  expect(played.requests).toBe(1)
})

test('a recording listens after its prompt has played', async () => {
  const body = { prompts: [{ mediaInfo: { uri } }], maxRecordDurationInSeconds: 1 }
  expect((await measure(service.baseUrl, 'recordResponse', body)).ms).toBeGreaterThanOrEqual(DURATION_MS + 1_000)
})

test('a prompt that cannot be fetched plays for PROMPT_DURATION_MS', async () => {
  const prompts = [{ mediaInfo: { uri: uri.replace(/:\d+/, ':9') } }]
  const played = await measure(service.baseUrl, 'playPrompt', { prompts })
  expect(played.requests).toBe(0)
})

test('by default, a local service fetches no prompt', async () => {
  const { ms, requests: fetched } = await measure(inject('baseUrl'), 'playPrompt', {
    prompts: [{ mediaInfo: { uri } }],
  })
  expect(fetched).toBe(0)
  expect(ms).toBeGreaterThanOrEqual(400)
})

test('no prompt is fetched for a call that cannot play it', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const before = requests
  const body = { prompts: [{ mediaInfo: { uri } }] }
  expect((await bot.request('POST', `${APP2019.calls}/${randomUUID()}/playPrompt`, body)).status).toBe(404)
  expect(requests).toBe(before)
})

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createMeasurePrompt } from '../../../shared/delivery/promptDuration.js'
import { readSettings } from '../../../shared/service/config.js'
import { renderWav } from '../../../shared/simulator/wav.js'
import { policyOf, startMedia } from '../../support/mediaServer.js'

const WAV = renderWav([{ startMs: 0, durationMs: 3_000 }], 3_000)

const measure = createMeasurePrompt(policyOf())

test('a WAV file plays for the length in its header; the request asks for its first 64 KiB', async () => {
  const ranges: unknown[] = []
  const media = await startMedia((response, { headers }) => {
    ranges.push(headers.range)
    response.writeHead(206).end(WAV.subarray(0, 1_000))
  })
  expect(await measure(media.url)).toBe(3_000)
  expect(ranges).toEqual(['bytes=0-65535'])
})

test('only the start of a body that never ends is read', async () => {
  const media = await startMedia((response) => {
    response.writeHead(200)
    for (const byte of WAV.subarray(0, 50)) response.write(Uint8Array.of(byte))
  })
  expect(await measure(media.url)).toBe(3_000)
  await expect.poll(media.closed).toBe(1)
})

test('a body without a length is read up to 64 KiB', async () => {
  const media = await startMedia((response) => {
    const send = () => {
      while (response.write(Buffer.alloc(16 * 1024)));
      response.once('drain', send)
    }
    send()
  })
  expect(await measure(media.url)).toBeUndefined()
  await expect.poll(media.closed).toBe(1)
})

test.each([
  ['an error', (response: ServerResponse) => void response.writeHead(404).end(WAV)],
  ['a redirect', (response: ServerResponse) => void response.writeHead(302, { Location: '/b.wav' }).end()],
  ['another format', (response: ServerResponse) => void response.writeHead(200).end('ID3')],
  ['a connection that closes', (response: ServerResponse) => void response.destroy()],
])('the length is not known after %s', async (_, answer) => {
  const media = await startMedia(answer)
  expect(await measure(media.url)).toBeUndefined()
  expect(media.requests()).toBe(1)
})

test('a server that hangs delays a request only for the timeout', async () => {
  const media = await startMedia(() => undefined)
  expect(await createMeasurePrompt(policyOf(), 100)(media.url)).toBeUndefined()
  const half = await startMedia((response) => void response.write('RIFF'))
  expect(await createMeasurePrompt(policyOf(), 100)(half.url)).toBeUndefined()
})

test('the callback URL policy applies to media: a forbidden address gets no connection', async () => {
  const media = await startMedia((response) => void response.writeHead(200).end(WAV))
  const deployed = createMeasurePrompt(policyOf({ RINGBACK_LOCAL: 'false' }))
  for (const url of [media.url, media.url.replace('http', 'https'), 'file:///etc/passwd', 'a.wav', '']) {
    expect(await deployed(url)).toBeUndefined()
  }
  const policy = new CallbackUrlPolicy(readSettings({}), async () => [{ address: '127.0.0.1', family: 4 }])
  expect(await createMeasurePrompt(policy)(`https://public.example:${media.port}/a.wav`)).toBeUndefined()
  expect(media.requests()).toBe(0)
})

test('media on a host in CALLBACK_REWRITE is fetched from its target', async () => {
  const media = await startMedia((response) => void response.writeHead(200).end(WAV))
  const CALLBACK_REWRITE = `https://bot.example=http://127.0.0.1:${media.port}`
  expect(await createMeasurePrompt(policyOf({ CALLBACK_REWRITE }))('https://bot.example/a.wav')).toBe(3_000)
})

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createFetchMedia } from '../../../shared/delivery/fetchMedia.js'
import { readSettings } from '../../../shared/service/config.js'
import { renderWav } from '../../../shared/simulator/wav.js'
import { policyOf, startMedia } from '../../support/mediaServer.js'

const WAV = renderWav([{ startMs: 0, durationMs: 100 }], 100)
const MAX_BYTES = 10 * 1024 * 1024

const fetchMedia = createFetchMedia(policyOf())

test('the media of a prompt are fetched with one GET, as they are', async () => {
  const methods: unknown[] = []
  const media = await startMedia((response, { method }) => {
    methods.push(method)
    response.writeHead(200, { 'Content-Type': 'audio/x-wav' }).end(WAV)
  })
  const fetched = await fetchMedia(media.url)
  expect(fetched?.type).toBe('audio/x-wav')
  expect(Buffer.compare(fetched?.content ?? Buffer.alloc(0), WAV)).toBe(0)
  expect(methods).toEqual(['GET'])
})

test.for([
  ['Audio/MPEG; codecs="mp3"', 'audio/mpeg'],
  ['text/html', 'audio/wav'],
  ['audio/', 'audio/wav'],
  ['application/octet-stream', 'audio/wav'],
  [undefined, 'audio/wav'],
] as const)('media that are served as %s have the type %s', async ([header, type]) => {
  const media = await startMedia((response) => response.writeHead(200, header && { 'Content-Type': header }).end(WAV))
  expect((await fetchMedia(media.url))?.type).toBe(type)
})

test.each([
  ['an error', (response: ServerResponse) => void response.writeHead(404).end(WAV)],
  ['a part of the media', (response: ServerResponse) => void response.writeHead(206).end(WAV)],
  ['a redirect', (response: ServerResponse) => void response.writeHead(302, { Location: '/b.wav' }).end()],
  ['a connection that closes', (response: ServerResponse) => void response.destroy()],
  [
    'a connection that closes before the end',
    (response: ServerResponse) =>
      void response.writeHead(200, { 'Content-Length': '100' }).write('RIFF', () => response.destroy()),
  ],
])('there are no media after %s', async (_, answer) => {
  const media = await startMedia(answer)
  expect(await fetchMedia(media.url)).toBeUndefined()
  expect(media.requests()).toBe(1)
})

test('media of 10 MiB are fetched; larger ones are not, and their connection is closed', async () => {
  const media = await startMedia((response) => response.writeHead(200).end(Buffer.alloc(MAX_BYTES)))
  expect((await fetchMedia(media.url))?.content).toHaveLength(MAX_BYTES)
  const large = await startMedia((response) => {
    // The length says it before the content is sent.
    response.writeHead(200, { 'Content-Length': String(MAX_BYTES + 1) }).flushHeaders()
  })
  expect(await fetchMedia(large.url)).toBeUndefined()
  await expect.poll(large.closed).toBe(1)
  const endless = await startMedia((response) => {
    const send = () => {
      while (response.write(Buffer.alloc(256 * 1024)));
      response.once('drain', send)
    }
    send()
  })
  expect(await fetchMedia(endless.url)).toBeUndefined()
  await expect.poll(endless.closed).toBe(1)
})

test('a server that hangs, before or inside its answer, is left after the timeout', async () => {
  const fetchSoon = createFetchMedia(policyOf(), 100)
  const silent = await startMedia(() => undefined)
  expect(await fetchSoon(silent.url)).toBeUndefined()
  const half = await startMedia((response) => void response.writeHead(200).write('RIFF'))
  expect(await fetchSoon(half.url)).toBeUndefined()
  await expect.poll(() => silent.closed() + half.closed()).toBe(2)
})

test('the callback URL policy applies to media: a forbidden address gets no connection', async () => {
  const media = await startMedia((response) => response.writeHead(200).end(WAV))
  const deployed = createFetchMedia(policyOf({ RINGBACK_LOCAL: 'false' }))
  for (const url of [media.url, media.url.replace('http', 'https'), 'file:///etc/passwd', 'a.wav', '']) {
    expect(await deployed(url)).toBeUndefined()
  }
  const policy = new CallbackUrlPolicy(readSettings({}), async () => [{ address: '127.0.0.1', family: 4 }])
  expect(await createFetchMedia(policy)(`https://public.example:${media.port}/a.wav`)).toBeUndefined()
  expect(media.requests()).toBe(0)
})

test('media on a host in CALLBACK_REWRITE are fetched from its target', async () => {
  const media = await startMedia((response) => response.writeHead(200).end(WAV))
  const CALLBACK_REWRITE = `https://bot.example=http://127.0.0.1:${media.port}`
  const fetched = await createFetchMedia(policyOf({ CALLBACK_REWRITE }))('https://bot.example/a.wav')
  expect(fetched?.content).toHaveLength(WAV.length)
})

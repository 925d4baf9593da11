import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, inject, test } from 'vitest'
import { MAX_BODY_BYTES } from '../../../shared/graph/requests/parse.js'
import { callBody, newBot } from '../../support/scenarios.js'

// Graph's Go library compresses every body with gzip, and sends it plain only after a 415.

const CALLS = '/v1.0/communications/calls'

async function post(token: string, body: Uint8Array | string, headers: Record<string, string>) {
  const response = await fetch(`${inject('baseUrl')}${CALLS}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body,
  })
  const reply = (await response.json()) as { error?: { message: string } }
  return { status: response.status, body: reply }
}

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['identity', (text: string) => text],
  ['deflate, gzip', (text: string) => gzipSync(deflateSync(text))],
])('a call is created from a body with the coding %s', async (coding, encode) => {
  const bot = await newBot()
  const reply = await post(bot.token, encode(JSON.stringify(callBody(bot))), { 'Content-Encoding': coding })
  expect(reply).toMatchObject({ status: 201, body: { state: 'establishing' } })
})

test.each([MAX_BODY_BYTES + 1, 200 * MAX_BODY_BYTES])(
  'a compressed body is too large when it has %d bytes after decompression',
  async (size) => {
    const bot = await newBot()
    const bomb = gzipSync(Buffer.alloc(size, ' '))
    const reply = await post(bot.token, bomb, { 'Content-Encoding': 'gzip' })
    expect(reply).toMatchObject({ status: 413, body: { error: { code: 'invalidRequest' } } })
  },
)

test('a body that is not what its Content-Encoding announces is a 400', async () => {
  const bot = await newBot()
  const reply = await post(bot.token, JSON.stringify(callBody(bot)), { 'Content-Encoding': 'gzip' })
  const message = 'The request body is not valid gzip, which Content-Encoding announces.'
  expect(reply).toMatchObject({ status: 400, body: { error: { code: 'invalidRequest', message } } })
})

test.each([
  [{ 'Content-Encoding': 'zstd' }, 'Content-Encoding: zstd is not supported; use gzip, deflate or br, or none.'],
  [{ 'Content-Encoding': 'gzip, compress' }, 'Content-Encoding: compress is not supported; use gzip, deflate or br'],
  [{ 'Content-Encoding': 'gzip, gzip, gzip' }, 'Content-Encoding: has 3 codings; use at most 2.'],
  [{ 'Content-Encoding': 'constructor' }, 'Content-Encoding: constructor is not supported'],
  [
    { 'Content-Type': 'application/json; charset=utf-16' },
    'Content-Type: the charset utf-16 is not supported; use utf-8.',
  ],
  [{ 'Content-Type': 'text/plain;charset="latin1"' }, 'Content-Type: the charset latin1 is not supported'],
])('%j is a 415 that names it', async (headers: Record<string, string>, message) => {
  const bot = await newBot()
  const reply = await post(bot.token, JSON.stringify(callBody(bot)), headers)
  expect(reply).toMatchObject({ status: 415, body: { error: { code: 'unsupportedMediaType' } } })
  expect(reply.body.error?.message).toContain(message)
})

test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'text/plain; charset=us-ascii'])(
  'a body of the type %s is read',
  async (type) => {
    const bot = await newBot()
    const reply = await post(bot.token, JSON.stringify(callBody(bot)), { 'Content-Type': type })
    expect(reply.status).toBe(201)
  },
)

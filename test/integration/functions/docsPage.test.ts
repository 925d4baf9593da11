import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { send } from '../../support/testBot.js'

// The reference page that the service serves.

const get = (path: string, headers: Record<string, string> = {}) => send(inject('baseUrl'), 'GET', path, { headers })

test('the reference page shows every path of the document', async () => {
  const { status, text } = await get('/docs')
  expect(status).toBe(200)
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { paths: object }
  expect(Object.keys(paths).filter((path) => !text.includes(`<code>${path}</code>`))).toEqual([])
})

test('the reference page names no version of OpenAPI but that of the document', async () => {
  expect((await get('/docs')).text).not.toContain('OpenAPI Version')
})

test('the reference page runs no script and loads its stylesheet only', async () => {
  const { text, headers } = await get('/docs')
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self'; img-src data:;/)
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|<img|<iframe/i)
  expect(text.match(/<link rel="stylesheet"[^>]*>/g)).toEqual(['<link rel="stylesheet" href="/docs/style.css">'])
  expect(await get('/docs/style.css')).toMatchObject({ status: 200, text: expect.stringContaining('main {') })
})

test('the reference page is sent compressed, as it is without gzip, and not again for its ETag', async () => {
  const compressed = await get('/docs', { 'accept-encoding': 'gzip' })
  const plain = await get('/docs', { 'accept-encoding': 'identity' })
  expect(compressed.headers.get('content-encoding')).toBe('gzip')
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(compressed.text).toBe(plain.text)
  expect((await get('/docs', { 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding')).toBeNull()
  const etag = plain.headers.get('etag') ?? ''
  expect(await get('/docs', { 'accept-encoding': 'identity', 'if-none-match': etag })).toMatchObject({ status: 304 })
})

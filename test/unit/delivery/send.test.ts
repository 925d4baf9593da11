import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { CallbackUrlPolicy, resolveHost } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createSend, type SendOptions } from '../../../shared/delivery/send.js'
import { readSettings } from '../../../shared/service/config.js'
import { newNotification } from '../../support/serviceFixture.js'

interface Request {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Starts a callback that records its requests and answers as the test says. */
async function startCallback(answer: (response: ServerResponse, request: Request) => void) {
  const requests: Request[] = []
  let [closed, connections] = [0, 0]
  const server = createServer(async (incoming, response) => {
    const text = Buffer.concat(await incoming.toArray()).toString()
    const request = { method: incoming.method, url: incoming.url, headers: incoming.headers, text }
    requests.push(request)
    response.on('close', () => closed++)
    answer(response, request)
  })
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { requests, origin, url: `${origin}/api/calls`, closed: () => closed, connections: () => connections }
}

const send = createSend(new CallbackUrlPolicy(readSettings({ RINGBACK_LOCAL: 'true' }), resolveHost))
const options = (overrides: Partial<SendOptions> = {}): SendOptions => ({
  attempt: 3,
  token: 'the-token',
  timeoutMs: 5_000,
  ...overrides,
})

test('a notification is one POST with the stored body, its length and the headers that identify it', async () => {
  const callback = await startCallback((response) => response.writeHead(202).end())
  const body = JSON.stringify({ value: [{ text: 'grüße 👍' }] })
  const result = await send(
    newNotification({ callbackUri: callback.url, body, id: 'the-id', sequence: 12, scenarioId: 'the-chain' }),
    options(),
  )
  expect(result.status).toBe(202)
  expect(callback.requests).toHaveLength(1)
  expect(callback.requests[0]).toMatchObject({
    method: 'POST',
    url: '/api/calls',
    text: body,
    headers: {
      authorization: 'Bearer the-token',
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Microsoft-Skype/3.0,(Calling/1.0)',
      'x-microsoft-skype-chain-id': 'the-chain',
      'scenario-id': 'the-chain',
      'x-microsoft-skype-message-id': 'the-id',
      'ringback-notification-id': 'the-id',
      'ringback-sequence': '12',
      'ringback-attempt': '3',
    },
  })
  expect(callback.requests[0]?.headers).not.toHaveProperty('transfer-encoding')
})

test('a large body is not chunked', async () => {
  const callback = await startCallback((response) => response.writeHead(200).end())
  const body = JSON.stringify('x'.repeat(900_000))
  await send(newNotification({ callbackUri: callback.url, body }), options())
  expect(callback.requests[0]?.headers['content-length']).toBe(String(body.length))
  expect(callback.requests[0]?.headers).not.toHaveProperty('transfer-encoding')
  expect(callback.requests[0]?.text).toHaveLength(body.length)
})

test.for([200, 204, 400, 410, 429, 500])('the answer %i of a callback is a result, not an error', async (status) => {
  const callback = await startCallback((response) => response.writeHead(status).end())
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ status })
})

test.for([
  ['seconds', '7', 7_000],
  ['seconds with blanks', ' 7 ', 7_000],
  ['a past time', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ['invalid text', 'soon', undefined],
] as const)('send reads %s in Retry-After', async ([, header, retryAfterMs]) => {
  const callback = await startCallback((response) => response.writeHead(503, { 'Retry-After': header }).end())
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ status: 503, retryAfterMs })
})

test('send reads a future time in Retry-After', async () => {
  const date = new Date(Date.now() + 60_000).toUTCString()
  const callback = await startCallback((response) => response.writeHead(429, { 'Retry-After': date }).end())
  const { retryAfterMs = 0 } = await send(newNotification({ callbackUri: callback.url }), options())
  expect(retryAfterMs).toBeGreaterThan(55_000)
  expect(retryAfterMs).toBeLessThanOrEqual(60_000)
})

test('send closes the connection to a callback that does not answer in time', async () => {
  const callback = await startCallback(() => undefined)
  const startedAt = Date.now()
  const result = await send(newNotification({ callbackUri: callback.url }), options({ timeoutMs: 150 }))
  expect(result).toEqual({ error: 'timeout' })
  expect(Date.now() - startedAt).toBeLessThan(3_000)
  await expect.poll(callback.closed).toBe(1)
})

test('a refused or broken connection is an error with its code', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const refused = await send(newNotification({ callbackUri: `http://127.0.0.1:${port}/` }), options())
  expect(refused).toEqual({ error: 'ECONNREFUSED' })
  const callback = await startCallback((response) => response.socket?.destroy())
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ error: 'UND_ERR_SOCKET' })
})

test('send does not wait for the end of an endless answer, and closes its connection', async () => {
  const callback = await startCallback((response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 10)
    response.on('close', () => clearInterval(timer))
  })
  const startedAt = Date.now()
  const result = await send(newNotification({ callbackUri: callback.url }), options({ timeoutMs: 20_000 }))
  expect(result.status).toBe(200)
  expect(Date.now() - startedAt).toBeLessThan(3_000)
  await expect.poll(callback.closed).toBe(1)
})

test.for([
  ['an empty body', ''],
  ['a page', '<html>'.padEnd(10_000)],
])('send reuses the connection to a callback that answers with %s', async ([, answer]) => {
  const callback = await startCallback((response) => response.writeHead(200).end(answer))
  for (let sequence = 1; sequence <= 10; sequence++) {
    expect(await send(newNotification({ callbackUri: callback.url, sequence }), options())).toEqual({ status: 200 })
    await expect.poll(callback.closed).toBe(sequence)
  }
  // A second connection may open while the first answer is still being read.
  expect(callback.connections()).toBeLessThanOrEqual(2)
})

test('send reads little of an answer of megabytes, and closes its connection', async () => {
  let written = 0
  const callback = await startCallback((response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024)
    const write = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length
      response.once('drain', write)
    }
    write()
  })
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ status: 200 })
  await expect.poll(callback.closed).toBe(1)
  // The buffers of both ends take some megabytes before the server notices.
  expect(written).toBeLessThan(8 * 1024 * 1024)
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ status: 200 })
  expect(callback.connections()).toBe(2)
})

test('a callback acknowledges with the headers of its answer, even if it hangs up after them', async () => {
  const late = await startCallback((response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('half', () => response.socket?.destroy())
  })
  expect(await send(newNotification({ callbackUri: late.url }), options())).toEqual({ status: 200 })
  const early = await startCallback((response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nContent-', () => response.socket?.destroy())
  })
  expect(await send(newNotification({ callbackUri: early.url }), options())).toEqual({ error: 'UND_ERR_SOCKET' })
})

test('an answer that is not HTTP, or has endless headers, is an error', async () => {
  const mail = await startCallback((response) => response.socket?.end('220 mail.example ESMTP\r\n'))
  expect((await send(newNotification({ callbackUri: mail.url }), options())).error).toMatch(/does not match the HTTP/)
  const long = await startCallback((response) => response.socket?.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`))
  expect(await send(newNotification({ callbackUri: long.url }), options())).toEqual({
    error: 'UND_ERR_HEADERS_OVERFLOW',
  })
})

/** A callback that redirects to another path. */
const startRedirectingCallback = (to: string, status = 302) =>
  startCallback((response, { url }) => {
    if (url === '/api/calls') response.writeHead(status, { Location: to }).end()
    else response.writeHead(200).end()
  })

test('the first notification of an incoming call follows one redirect, with the same POST', async () => {
  const callback = await startRedirectingCallback('/region/calls')
  const result = await send(
    newNotification({ callbackUri: callback.url, isRedirectable: true, body: '{"value":[1]}' }),
    options(),
  )
  expect(result).toEqual({ status: 200, redirectedTo: `${callback.origin}/region/calls` })
  expect(callback.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/calls',
    'POST /region/calls',
  ])
  const [first, second] = callback.requests
  expect(second).toEqual({ ...first, url: '/region/calls' })
})

test('a rewritten notification reaches this machine, and so does a redirect to the hard-coded host', async () => {
  const callback = await startRedirectingCallback('https://bot.example.com/region/calls?x=1')
  const settings = { RINGBACK_LOCAL: 'true', CALLBACK_REWRITE: `https://bot.example.com=${callback.origin}` }
  const sendRewritten = createSend(new CallbackUrlPolicy(readSettings(settings), resolveHost))
  const notification = newNotification({ callbackUri: 'https://bot.example.com/api/calls', isRedirectable: true })
  const redirectedTo = 'https://bot.example.com/region/calls?x=1'
  expect(await sendRewritten(notification, options())).toEqual({ status: 200, redirectedTo })
  expect(callback.requests.map(({ url }) => url)).toEqual(['/api/calls', '/region/calls?x=1'])
})

test('a notification goes to the target of an earlier redirect, and follows no other one from there', async () => {
  const callback = await startRedirectingCallback('/elsewhere')
  const notification = newNotification({ callbackUri: `${callback.origin}/first` })
  const redirected = options({ redirectedTo: callback.url })
  expect(await send(notification, redirected)).toEqual({ status: 302 })
  expect(callback.requests.map(({ url }) => url)).toEqual(['/api/calls'])
})

test('the target of an earlier redirect is checked again, because it is a URL of the callback', async () => {
  const notification = newNotification({ callbackUri: 'https://bot.example.com/api/calls' })
  const { error } = await send(notification, options({ redirectedTo: 'https://169.254.169.254/latest' }))
  expect(error).toContain('points to 169.254.169.254, which is not a public address')
})

test('no other notification follows a redirect', async () => {
  const callback = await startRedirectingCallback('/region/calls')
  expect(await send(newNotification({ callbackUri: callback.url }), options())).toEqual({ status: 302 })
  expect(callback.requests).toHaveLength(1)
})

test.for([301, 303, 307, 308])('a notification does not follow the redirect %i', async (status) => {
  const callback = await startRedirectingCallback('/region/calls', status)
  expect(await send(newNotification({ callbackUri: callback.url, isRedirectable: true }), options())).toEqual({
    status,
  })
  expect(callback.requests).toHaveLength(1)
})

test('a notification does not follow a second redirect', async () => {
  const callback = await startCallback((response) => response.writeHead(302, { Location: '/api/calls' }).end())
  const result = await send(newNotification({ callbackUri: callback.url, isRedirectable: true }), options())
  expect(result).toEqual({ status: 302, redirectedTo: callback.url })
  expect(callback.requests).toHaveLength(2)
})

test.for(['', 'http://'])('a redirect to the invalid URL "%s" is a result', async (location) => {
  const callback = await startCallback((response) => response.writeHead(302, { Location: location }).end())
  const result = await send(newNotification({ callbackUri: callback.url, isRedirectable: true }), options())
  expect(result).toEqual({ status: 302 })
  expect(callback.requests).toHaveLength(1)
})

test('the timeout applies to the whole attempt, including its redirect', async () => {
  const callback = await startCallback((response, { url }) => {
    if (url !== '/api/calls') return
    setTimeout(() => response.writeHead(302, { Location: '/region/calls' }).end(), 1_500)
  })
  const startedAt = Date.now()
  const result = await send(
    newNotification({ callbackUri: callback.url, isRedirectable: true }),
    options({ timeoutMs: 3_000 }),
  )
  expect(result).toEqual({ error: 'timeout' })
  expect(callback.requests).toHaveLength(2)
  // A timeout for each request would be 4,500 ms.
  expect(Date.now() - startedAt).toBeLessThan(4_400)
})

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { CallbackUrlPolicy, resolveHost } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createSend, type SendOptions } from '../../../shared/delivery/send.js'
import { readSettings } from '../../../shared/service/config.js'
import { notification } from '../../support/world.js'

interface Request {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** A callback that answers as the test says, and everything that it has been sent. */
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

test('a notification is one POST with its body as it is stored, its length, and the headers that identify it', async () => {
  const callback = await startCallback((response) => response.writeHead(202).end())
  const body = JSON.stringify({ value: [{ text: 'grüße 👍' }] })
  const result = await send(
    notification({ callbackUri: callback.url, body, id: 'the-id', sequence: 12, scenarioId: 'the-chain' }),
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
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Ringback',
      'scenario-id': 'the-chain',
      'x-microsoft-skype-message-id': 'the-id',
      'ringback-notification-id': 'the-id',
      'ringback-sequence': '12',
      'ringback-attempt': '3',
    },
  })
  expect(callback.requests[0]?.headers).not.toHaveProperty('transfer-encoding')
})

test('a large body is not chunked either', async () => {
  const callback = await startCallback((response) => response.writeHead(200).end())
  const body = JSON.stringify('x'.repeat(900_000))
  await send(notification({ callbackUri: callback.url, body }), options())
  expect(callback.requests[0]?.headers['content-length']).toBe(String(body.length))
  expect(callback.requests[0]?.headers).not.toHaveProperty('transfer-encoding')
  expect(callback.requests[0]?.text).toHaveLength(body.length)
})

test.for([200, 204, 400, 410, 429, 500])('a callback that answers %i is a result, not an error', async (status) => {
  const callback = await startCallback((response) => response.writeHead(status).end())
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ status })
})

test.for([
  ['seconds', '7', 7_000],
  ['seconds with blanks', ' 7 ', 7_000],
  ['a time that is over', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ['what it should not be', 'soon', undefined],
] as const)('Retry-After may be %s', async ([, header, retryAfterMs]) => {
  const callback = await startCallback((response) => response.writeHead(503, { 'Retry-After': header }).end())
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ status: 503, retryAfterMs })
})

test('Retry-After may be a time to come', async () => {
  const date = new Date(Date.now() + 60_000).toUTCString()
  const callback = await startCallback((response) => response.writeHead(429, { 'Retry-After': date }).end())
  const { retryAfterMs = 0 } = await send(notification({ callbackUri: callback.url }), options())
  expect(retryAfterMs).toBeGreaterThan(55_000)
  expect(retryAfterMs).toBeLessThanOrEqual(60_000)
})

test('a callback that does not answer in time is given up, and its connection closed', async () => {
  const callback = await startCallback(() => undefined)
  const begun = Date.now()
  const result = await send(notification({ callbackUri: callback.url }), options({ timeoutMs: 150 }))
  expect(result).toEqual({ error: 'timeout' })
  expect(Date.now() - begun).toBeLessThan(3_000)
  await expect.poll(callback.closed).toBe(1)
})

test('a callback that is not there, or hangs up, is an error with its code', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const nobody = await send(notification({ callbackUri: `http://127.0.0.1:${port}/` }), options())
  expect(nobody).toEqual({ error: 'ECONNREFUSED' })
  const callback = await startCallback((response) => response.socket?.destroy())
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ error: 'UND_ERR_SOCKET' })
})

test('a callback that never ends its answer does not hold the attempt, and gets no more of it read', async () => {
  const callback = await startCallback((response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 10)
    response.on('close', () => clearInterval(timer))
  })
  const begun = Date.now()
  const result = await send(notification({ callbackUri: callback.url }), options({ timeoutMs: 20_000 }))
  expect(result.status).toBe(200)
  expect(Date.now() - begun).toBeLessThan(3_000)
  await expect.poll(callback.closed).toBe(1)
})

test.for([
  ['nothing', ''],
  ['a page', '<html>'.padEnd(10_000)],
])('a callback that answers with %s is sent the next ones on the same connection', async ([, answer]) => {
  const callback = await startCallback((response) => response.writeHead(200).end(answer))
  for (let sequence = 1; sequence <= 10; sequence++) {
    expect(await send(notification({ callbackUri: callback.url, sequence }), options())).toEqual({ status: 200 })
    await expect.poll(callback.closed).toBe(sequence)
  }
  // The first answer may still be on its way when the second one is asked for.
  expect(callback.connections()).toBeLessThanOrEqual(2)
})

test('of megabytes that a callback answers with, little is read, and the connection is closed', async () => {
  let written = 0
  const callback = await startCallback((response) => {
    response.writeHead(200)
    const piece = Buffer.alloc(64 * 1024)
    const write = () => {
      while (!response.destroyed && response.write(piece)) written += piece.length
      response.once('drain', write)
    }
    write()
  })
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ status: 200 })
  await expect.poll(callback.closed).toBe(1)
  // What lies in the buffers of the two ends is beyond anybody's reach.
  expect(written).toBeLessThan(8 * 1024 * 1024)
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ status: 200 })
  expect(callback.connections()).toBe(2)
})

test('a callback that has said 200 and then hangs up has acknowledged; one that hangs up before has not', async () => {
  const late = await startCallback((response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('half', () => response.socket?.destroy())
  })
  expect(await send(notification({ callbackUri: late.url }), options())).toEqual({ status: 200 })
  const early = await startCallback((response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nContent-', () => response.socket?.destroy())
  })
  expect(await send(notification({ callbackUri: early.url }), options())).toEqual({ error: 'UND_ERR_SOCKET' })
})

test('what is no answer of HTTP, or has headers without end, is an error', async () => {
  const other = await startCallback((response) => response.socket?.end('220 mail.example ESMTP\r\n'))
  expect((await send(notification({ callbackUri: other.url }), options())).error).toMatch(/does not match the HTTP/)
  const long = await startCallback((response) => response.socket?.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`))
  expect(await send(notification({ callbackUri: long.url }), options())).toEqual({ error: 'UND_ERR_HEADERS_OVERFLOW' })
})

/** Answers the first address with a redirect to the second. */
const redirecting = (to: string, status = 302) =>
  startCallback((response, { url }) => {
    if (url === '/api/calls') response.writeHead(status, { Location: to }).end()
    else response.writeHead(200).end()
  })

test('the announcement of an incoming call is redirected once, as the same POST', async () => {
  const callback = await redirecting('/region/calls')
  const result = await send(
    notification({ callbackUri: callback.url, isRedirectable: true, body: '{"value":[1]}' }),
    options(),
  )
  expect(result).toEqual({ status: 200 })
  expect(callback.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/calls',
    'POST /region/calls',
  ])
  const [first, second] = callback.requests
  expect(second).toEqual({ ...first, url: '/region/calls' })
})

test('a redirect of any other notification is not followed', async () => {
  const callback = await redirecting('/region/calls')
  expect(await send(notification({ callbackUri: callback.url }), options())).toEqual({ status: 302 })
  expect(callback.requests).toHaveLength(1)
})

test.for([301, 303, 307, 308])('%i is not followed', async (status) => {
  const callback = await redirecting('/region/calls', status)
  expect(await send(notification({ callbackUri: callback.url, isRedirectable: true }), options())).toEqual({ status })
  expect(callback.requests).toHaveLength(1)
})

test('a redirect that leads on and on ends after the first', async () => {
  const callback = await startCallback((response) => response.writeHead(302, { Location: '/api/calls' }).end())
  const result = await send(notification({ callbackUri: callback.url, isRedirectable: true }), options())
  expect(result).toEqual({ status: 302 })
  expect(callback.requests).toHaveLength(2)
})

test.for(['', 'http://'])('a redirect to "%s", which is nowhere, is what it is', async (location) => {
  const callback = await startCallback((response) => response.writeHead(302, { Location: location }).end())
  const result = await send(notification({ callbackUri: callback.url, isRedirectable: true }), options())
  expect(result).toEqual({ status: 302 })
  expect(callback.requests).toHaveLength(1)
})

test('the limit of time is for the whole attempt, its redirect included', async () => {
  const callback = await startCallback((response, { url }) => {
    if (url !== '/api/calls') return
    setTimeout(() => response.writeHead(302, { Location: '/region/calls' }).end(), 400)
  })
  const begun = Date.now()
  const result = await send(
    notification({ callbackUri: callback.url, isRedirectable: true }),
    options({ timeoutMs: 1_000 }),
  )
  expect(result).toEqual({ error: 'timeout' })
  expect(callback.requests).toHaveLength(2)
  expect(Date.now() - begun).toBeLessThan(1_350)
})

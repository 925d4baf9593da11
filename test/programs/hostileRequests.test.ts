import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as sendRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, inject, onTestFinished, test } from 'vitest'
import { LOOPBACK_V4, listeningSockets } from '../support/processes.js'
import { newBot } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'

const { hostname, port } = new URL(inject('baseUrl'))

/** Sends a request as it is written, and returns the status and the body of the answer. */
async function sendRaw(target: string, headers: Record<string, string>, method = 'GET') {
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write([`${method} ${target} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n'))
  const answer = await text(socket)
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n') }
}

test.each(['localhost', `localhost:${port}`, '127.0.0.1', '[::1]:80', 'LOCALHOST.', 'ringback.localhost', '10.1.2.3'])(
  'the host name %s is served',
  async (host) => {
    expect(await sendRaw('/health', { Host: host })).toMatchObject({ status: 200 })
  },
)

test.each(['evil.example', 'localhost.evil.example', 'localhos', `evil.example:${port}`])(
  'an unknown host name (%s) gets a 421 that names the setting, to prevent DNS rebinding',
  async (host) => {
    const { status, body } = await sendRaw('/health', { Host: host })
    expect(status).toBe(421)
    expect(JSON.parse(body).error.message).toContain('PUBLIC_BASE_URL')
  },
)

test('the host name of PUBLIC_BASE_URL is served', async () => {
  const service = await startService({ PUBLIC_BASE_URL: 'http://calls.example:7071' })
  onTestFinished(() => service.stop())
  const request = sendRequest(`${service.baseUrl}/health`, { headers: { Host: 'calls.example' } }).end()
  const [response] = await once(request, 'response')
  expect(response.resume().statusCode).toBe(200)
})

test.each(['[', 'a b', 'x:99999', 'user@x', 'a/b', '[::1'])(
  'the Host header "%s" is a 400 with a body',
  async (host) => {
    const { status, body } = await sendRaw('/health', { Host: host })
    expect(status).toBe(400)
    expect(JSON.parse(body).error).toMatchObject({ code: 'invalidRequest', message: expect.stringContaining('Host') })
  },
)

test('a target in absolute form is served as its path', async () => {
  expect(await sendRaw(`http://localhost:${port}/health?x=1`, { Host: 'localhost' })).toMatchObject({ status: 200 })
})

test('OPTIONS * is answered', async () => {
  expect(await sendRaw('*', { Host: 'localhost' }, 'OPTIONS')).toEqual({ status: 204, body: '' })
})

test('a query of thousands of parameters is served, and a longer one is refused', async () => {
  expect((await sendRaw(`/health?${'a&'.repeat(4_000)}`, { Host: 'localhost' })).status).toBe(200)
  expect((await sendRaw(`/health?${'a&'.repeat(4_200)}`, { Host: 'localhost' })).status).toBe(414)
})

test.each([300, 1_000, 8_000])('a body of %i KiB is a 413 with an error body', async (kilobytes) => {
  const bot = await newBot()
  const reply = await fetch(`${inject('baseUrl')}/v1.0/communications/calls`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bot.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ callbackUri: 'x'.repeat(kilobytes * 1024) }),
  })
  expect(reply.status).toBe(413)
  expect(await reply.json()).toMatchObject({ error: { code: 'invalidRequest' } })
})

test.skipIf(process.platform !== 'linux')(
  'the service listens on loopback only, and a forged invocation id does not end its process',
  async () => {
    const service = await startService()
    onTestFinished(() => service.stop())
    const sockets = listeningSockets(service.pid)
    expect(sockets).toHaveLength(2)
    expect(sockets.filter((address) => !address.startsWith(LOOPBACK_V4))).toEqual([])

    for (const address of sockets) {
      const socketPort = Number.parseInt(address.split(':')[1] ?? '', 16)
      for (const id of ['error', 'newListener', '__proto__', 'any']) {
        const headers = { 'x-ms-invocation-id': id, host: 'localhost' }
        const sent = sendRequest({ host: '127.0.0.1', port: socketPort, path: '/health', headers }).end()
        await new Promise((resolve) =>
          sent.on('response', (answer) => answer.resume().on('end', resolve)).on('error', resolve),
        )
      }
    }
    expect((await fetch(`${service.baseUrl}/health`)).status).toBe(200)
    expect(() => execFileSync('kill', ['-0', String(service.pid)])).not.toThrow()
  },
)

test('every request whose large body is refused unread gets its error, also with many at a time', async () => {
  const post = async () => {
    const url = `${inject('baseUrl')}/v1.0/communications/calls/${randomUUID()}/unmute`
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: Buffer.alloc(900_000, ' ') })
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
  }
  const replies = await Promise.all(Array.from({ length: 40 }, post))
  expect(new Set(replies.map(String))).toEqual(new Set(['401,unauthenticated']))
})

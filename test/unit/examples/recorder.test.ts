import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Exchange, startRecorder } from '../../../examples/demo/recorder.js'

async function record(target: () => string) {
  const exchanges: Exchange[] = []
  const parties = { from: 'a', to: 'b', target }
  const recorder = await startRecorder(parties, () => (exchange) => void exchanges.push(exchange))
  onTestFinished(() => recorder.close())
  return { url: recorder.url, exchanges }
}

/** Starts a server that replies with the bytes of the request. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(201, { 'x-said': String(request.headers['x-say']) })
    request.pipe(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the recorder passes a request and its reply on unchanged, and records both', async () => {
  const echo = await startEcho()
  const { url, exchanges } = await record(() => echo)
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  const response = await fetch(`${url}/a?b=c`, { method: 'POST', headers: { 'x-say': 'hello' }, body: bytes })
  expect(response.status).toBe(201)
  expect(response.headers.get('x-said')).toBe('hello')
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  expect(exchanges).toMatchObject([{ from: 'a', to: 'b', method: 'POST', path: '/a?b=c', status: 201 }])
})

test('the recorder replies 502 when the receiver refuses the connection', async () => {
  const { url, exchanges } = await record(() => 'http://127.0.0.1:1')
  expect((await fetch(url)).status).toBe(502)
  expect(exchanges).toMatchObject([{ status: 502, failure: 'ECONNREFUSED' }])
})

test('the recorder ignores a request that the client aborts', async () => {
  const echo = await startEcho()
  const { url, exchanges } = await record(() => echo)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  await once(socket, 'connect')
  socket.destroy()
  expect((await fetch(url)).status).toBe(201)
  expect(exchanges).toMatchObject([{ method: 'GET', status: 201 }])
})

import diagnostics from 'node:diagnostics_channel'
import dns from 'node:dns'
import { EventEmitter, once } from 'node:events'
import { request as sendRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { app, type HttpHandler, type HttpMethod, type HttpRequest } from '@azure/functions'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { provideFunctionsCore } from '../../../local-host/functionsCore.js'
import { startHttp } from '../../../local-host/http.js'
import { createInvoke } from '../../../local-host/invoke.js'
import { type StreamingServer, startStreamingServer } from '../../../local-host/streamingServer.js'

const logged: string[] = []
const log = (level: string, source: string, line: string) => void logged.push(`${level} ${source}: ${line}`)
const core = provideFunctionsCore(log)
const invocations = new EventEmitter()
const invoke = createInvoke(core, log, invocations)
const startListener = (streaming: StreamingServer, hostname = '127.0.0.1') =>
  startHttp({
    functions: core.functions,
    routePrefix: '',
    streaming,
    hostname,
    hostNames: ['ringback.example'],
    port: 0,
    invoke,
    log,
  })

function registerFunction(name: string, handler: HttpHandler, route = name, methods: HttpMethod[] = ['GET', 'POST']) {
  app.http(name, { route, methods, handler })
}

async function echoRequest(request: HttpRequest) {
  return {
    jsonBody: {
      method: request.method,
      url: request.url,
      params: request.params,
      query: [...request.query],
      header: request.headers.get('x-test'),
      body: await request.text(),
    },
  }
}

let streaming: StreamingServer
let http: Awaited<ReturnType<typeof startHttp>>
let baseUrl = ''
const release = Promise.withResolvers<void>()

beforeAll(async () => {
  app.setup({ enableHttpStream: true })
  registerFunction('echo', echoRequest, 'echo/{id}', ['GET', 'POST', 'DELETE'])
  registerFunction('accepted', async () => ({ status: 202 }))
  registerFunction('noContent', async () => ({ status: 204 }))
  registerFunction('cookies', async () => ({
    cookies: [
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ],
  }))
  registerFunction('binary', async () => ({ body: new Uint8Array([0, 255]), headers: { 'x-one': 'ONE', etag: '"1"' } }))
  registerFunction('throws', () => Promise.reject(new Error('broken')))
  registerFunction('returnsNothing', async () => undefined as never)
  registerFunction('returnsText', async () => 'text' as never)
  registerFunction('slow', () => release.promise.then(() => ({ body: 'finished' })))
  streaming = await startStreamingServer(async () => (await core.model?.getCapabilities({}))?.HttpUri)
  http = await startListener(streaming)
  baseUrl = `http://127.0.0.1:${http.port}`
})

afterAll(() => http.stop())

/** Sends a request with node:http, because `fetch` hides or forbids some of its parts. */
function send(method: string, path: string, headers: Record<string, string> = {}, ...chunks: string[]) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const request = sendRequest(baseUrl, { method, path, headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) })
    })
    for (const chunk of chunks) request.write(chunk)
    request.on('error', reject).end()
  })
}

describe('a request', () => {
  it('reaches its function with its method, URL, parameters, query, headers and body', async () => {
    const response = await fetch(`${baseUrl}/ECHO/a%20b?x=1&x=2&y=`, {
      method: 'POST',
      headers: { 'X-Test': 'yes' },
      body: 'hello',
    })
    expect(await response.json()).toEqual({
      method: 'POST',
      url: `${baseUrl}/ECHO/a%20b?x=1&x=2&y=`,
      params: { id: 'a b', x: '1,2', y: '' },
      query: [
        ['x', '1'],
        ['x', '2'],
        ['y', ''],
      ],
      header: 'yes',
      body: 'hello',
    })
  })

  it('leaves its connection open for the next one, as long as the real host does', async () => {
    const { headers } = await fetch(`${baseUrl}/accepted`)
    expect(headers.get('keep-alive')).toBe('timeout=130')
  })

  it('may have a chunked body', async () => {
    const { body } = await send('POST', '/echo/1', { 'Transfer-Encoding': 'chunked' }, 'one ', 'two')
    expect(JSON.parse(body)).toMatchObject({ body: 'one two' })
  })

  it('may send the header Expect: 100-continue', async () => {
    const { body } = await send('POST', '/echo/1', { Expect: '100-continue' }, 'body')
    expect(JSON.parse(body)).toMatchObject({ body: 'body' })
  })

  it('keeps the host that the client used', async () => {
    const { body } = await send('GET', '/echo/1', { Host: 'ringback.example:8080' })
    expect(JSON.parse(body)).toMatchObject({ url: 'http://ringback.example:8080/echo/1' })
  })

  it('is served under the name on which the listener listens', async () => {
    const { lookup } = dns
    const resolveToLoopback = (_: string, ...rest: unknown[]) => Reflect.apply(lookup, dns, ['127.0.0.1', ...rest])
    const spy = vi.spyOn(dns, 'lookup').mockImplementation(resolveToLoopback as typeof lookup)
    onTestFinished(() => spy.mockRestore())
    const other = await startListener(streaming, 'my-pc')
    onTestFinished(() => other.stop())
    const ask = async (host: string) => {
      const [response] = await once(sendRequest({ port: other.port, headers: { host } }).end(), 'response')
      return response.resume().statusCode
    }
    expect([await ask('MY-PC:7071'), await ask('other-pc')]).toEqual([200, 421])
  })

  it('with thousands of parameters takes time in proportion to their number', async () => {
    const path = `/accepted?${'a&'.repeat(4_000)}`
    const durations: number[] = []
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = process.cpuUsage()
      expect((await send('GET', path)).status).toBe(202)
      durations.push(process.cpuUsage(before).user / 1000)
    }
    // It takes 3 ms; a search of all parameters for each of them would take 200 ms or more. The fastest request counts,
    // because the first ones also load code.
    expect(Math.min(...durations)).toBeLessThan(100)
  })

  it('is forwarded over an open connection, even after functions that did not read a long body', async () => {
    const body = 'x'.repeat(1024 * 1024)
    for (let count = 0; count < 3; count += 1) {
      expect((await fetch(`${baseUrl}/accepted`, { method: 'POST', body })).status).toBe(202)
    }
    await send('GET', '/accepted')
    let opened = 0
    const countConnection = () => void opened++
    diagnostics.subscribe('net.client.socket', countConnection)
    onTestFinished(() => void diagnostics.unsubscribe('net.client.socket', countConnection))
    for (let count = 0; count < 3; count += 1) expect((await send('GET', '/accepted')).status).toBe(202)
    // The connections of the client: `send` opens a new one for each request.
    expect(opened).toBe(3)
  })

  it.each([
    ['PUT', '/echo/1', 'a method that the function does not list'],
    ['HEAD', '/echo/1', 'HEAD, which the function does not list'],
    ['GET', '/unknown', 'an unknown path'],
  ])('%s %s returns 404 without a body: %s', async (method, path) => {
    const response = await send(method, path)
    expect(response).toMatchObject({ status: 404, headers: { 'content-length': '0' }, body: '' })
    expect(response.headers).not.toHaveProperty('content-type')
  })

  it('to / returns a page', async () => {
    const response = await fetch(baseUrl)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('running')
  })
})

describe('a response', () => {
  it('without a body has Content-Length 0 and no Content-Type', async () => {
    const { status, headers, body } = await send('GET', '/accepted')
    expect({ status, body, length: headers['content-length'] }).toEqual({ status: 202, body: '', length: '0' })
    expect(headers).not.toHaveProperty('content-type')
    expect(headers).not.toHaveProperty('transfer-encoding')
  })

  it('with status 204 has no Content-Length', async () => {
    const { status, headers } = await send('GET', '/noContent')
    expect(status).toBe(204)
    expect(headers).not.toHaveProperty('content-length')
  })

  it('keeps the headers and bytes of the function', async () => {
    const response = await fetch(`${baseUrl}/binary`)
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-one': 'ONE', etag: '"1"' })
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255])
  })

  it('keeps every cookie of the function', async () => {
    expect((await fetch(`${baseUrl}/cookies`)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it.each([
    ['throws', 'GET', /^error throws: Executed \(Failed.*broken/],
    ['throws', 'POST', /^error throws: Executed \(Failed.*broken/],
    ['returnsNothing', 'GET', /^error returnsNothing: No response was returned/],
    ['returnsText', 'GET', /^error returnsText: .*The HTTP response must be an object/],
  ])('is 500 without a body when the function %s (%s), and the reason is logged', async (name, method, line) => {
    const response = await send(method, `/${name}`, {}, ...(method === 'POST' ? ['body'] : []))
    expect(response).toMatchObject({ status: 500, headers: { 'content-length': '0' }, body: '' })
    expect(logged.find((entry) => entry.startsWith(`error ${name}`))).toMatch(line)
  })
})

describe('the connections to the library', () => {
  it('stay open while they are idle', async () => {
    const response = await fetch(new URL('unexpected', streaming.uri))
    expect(response.status).toBe(404)
    // This header would announce after how many seconds the server closes an idle connection.
    expect(response.headers.get('keep-alive')).toBeNull()
  })

  it('may break before a request has arrived; the client then gets a 500', async () => {
    const broken = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1')
    await once(broken, 'listening')
    const { port } = broken.address() as AddressInfo
    const other = await startListener({ ...streaming, uri: `http://127.0.0.1:${port}` })
    onTestFinished(async () => {
      await other.stop()
      broken.close()
    })
    expect((await fetch(`http://127.0.0.1:${other.port}/accepted`)).status).toBe(500)
  })
})

describe('the listener', () => {
  it('rejects an app without HTTP streaming', async () => {
    await expect(startListener({ ...streaming, uri: undefined })).rejects.toThrow('enableHttpStream')
  })

  it('fails when its port is in use', async () => {
    const { port } = http
    const second = startHttp({ functions: [], routePrefix: '', streaming, hostname: '127.0.0.1', port, invoke, log })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('lets running requests finish when it stops, and accepts no more', async () => {
    const other = await startListener(streaming)
    const url = `http://127.0.0.1:${other.port}`
    const slow = fetch(`${url}/slow`)
    await expect.poll(() => logged.some((line) => line.startsWith('debug slow: Executing'))).toBe(true)
    const stopped = other.stop()
    await expect(fetch(`${url}/accepted`)).rejects.toThrow()
    release.resolve()
    expect(await (await slow).text()).toBe('finished')
    await stopped
  })
})

it('a request that may have sent a queue message makes the host poll its queues, and a GET does not', async () => {
  // The pollers of the queues listen to this event.
  let ended = 0
  const countEnd = () => void ended++
  invocations.on('end', countEnd)
  onTestFinished(() => void invocations.off('end', countEnd))
  for (const method of ['GET', 'POST', 'DELETE']) await fetch(`${baseUrl}/echo/1`, { method })
  await expect.poll(() => ended).toBe(2)
})

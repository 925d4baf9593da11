import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createClient, encodeQuery } from '../../../cli/client.js'
import { ApiError, CommandError, Unreachable, UsageError } from '../../../cli/errors.js'
import { findClosedPort } from '../../support/closedPort.js'

const TOKEN_PATH = '/common/oauth2/v2.0/token'

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A service that issues the tokens `token-1`, `token-2` ..., and answers everything else with a handler. */
async function startService(handle: (request: IncomingMessage, response: ServerResponse) => void, expiresIn = 3600) {
  const requests: { line: string; authorization: string | undefined; text: string }[] = []
  let tokens = 0
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, text })
    if (request.url !== TOKEN_PATH) return handle(request, response)
    response.end(JSON.stringify({ access_token: `token-${++tokens}`, expires_in: expiresIn }))
  })
  const url = await listen(server)
  return { url, requests, lines: () => requests.map(({ line }) => line) }
}

const reply = (status: number, body: unknown) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Returns the error of a request that must fail. */
async function findError(request: Promise<unknown>): Promise<CommandError> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof CommandError) return error
  throw new Error(`expected a CommandError, got ${error}`)
}

test('requests share a token of the local issuer, and send JSON', async () => {
  const service = await startService((request, response) => {
    if (request.method === 'DELETE') response.writeHead(204).end()
    else response.end('{"ok":true}')
  })
  const client = createClient({ url: `${service.url}/` })
  expect(client.url).toBe(service.url)
  expect(await client.get('/a')).toEqual({ ok: true })
  expect(await client.put('/b', { x: 1 })).toEqual({ ok: true })
  expect(await client.delete('/c')).toBeUndefined()
  expect(await client.postBytes('/d', new Uint8Array([65, 66]), 'audio/wav')).toEqual({ ok: true })
  expect(service.lines()).toEqual([`POST ${TOKEN_PATH}`, 'GET /a', 'PUT /b', 'DELETE /c', 'POST /d'])
  expect(service.requests.map(({ authorization }) => authorization).slice(1)).toEqual(Array(4).fill('Bearer token-1'))
  expect(service.requests.map(({ text }) => text).slice(1)).toEqual(['', '{"x":1}', '', 'AB'])
})

test('a token that is about to expire is replaced', async () => {
  const service = await startService(reply(200, {}), 60)
  const client = createClient({ url: service.url })
  await client.get('/a')
  await client.get('/b')
  expect(service.requests.map(({ authorization }) => authorization)).toEqual([
    undefined,
    'Bearer token-1',
    undefined,
    'Bearer token-2',
  ])
})

test('requests at the same time share a token', async () => {
  const service = await startService(reply(200, {}))
  const client = createClient({ url: service.url })
  await Promise.all([client.get('/a'), client.get('/b'), client.get('/c')])
  expect(service.lines().filter((line) => line === `POST ${TOKEN_PATH}`)).toHaveLength(1)
})

test('a token that a restarted service does not know is replaced once', async () => {
  const service = await startService(({ headers }, response) => {
    const isKnown = headers.authorization === 'Bearer token-2'
    response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{"ok":true}' : '{"error":{"message":"Unknown key."}}')
  })
  const client = createClient({ url: service.url })
  expect(await client.put('/a', { x: 1 })).toEqual({ ok: true })
  expect(service.lines()).toEqual([`POST ${TOKEN_PATH}`, 'PUT /a', `POST ${TOKEN_PATH}`, 'PUT /a'])
  expect(service.requests.at(-1)?.text).toBe('{"x":1}')
  const refusing = await startService(reply(401, { error: { code: 'x', message: 'Unknown key.' } }))
  expect(await findError(createClient({ url: refusing.url }).get('/a'))).toMatchObject({ message: 'Unknown key.' })
  expect(refusing.lines()).toHaveLength(4)
})

test('a token that is given is used, and named when it is refused', async () => {
  const service = await startService(reply(401, { error: { code: 'x', message: 'The token has expired.' } }))
  const error = await findError(createClient({ url: service.url, token: 'mine' }).get('/a'))
  expect(service.requests).toMatchObject([{ line: 'GET /a', authorization: 'Bearer mine' }])
  expect(error).toMatchObject({
    message: 'The token has expired.',
    advice: 'Set RINGBACK_TOKEN to a token that is valid.',
    exitCode: 2,
  })
})

test('a service that issues no tokens needs one', async () => {
  const url = await listen(createServer(reply(404, { error: { code: 'x', message: 'No such endpoint.' } })))
  const error = await findError(createClient({ url }).get('/a'))
  expect(error).toBeInstanceOf(UsageError)
  expect(error).toMatchObject({
    message: `The service at ${url} issues no tokens, because it is not local.`,
    advice: 'Set RINGBACK_TOKEN to an access token for it.',
  })
})

test.for([
  [404, { error: { code: '7504', message: 'No such call.' } }, 'No such call.', 2],
  [503, { error: { code: 'x', message: 'Busy.' } }, 'Busy.', 3],
  [400, { error: 'invalid_request', error_description: 'client_id: must be a GUID.' }, 'client_id: must be a GUID.', 2],
  [400, {}, 'The service replied 400.', 2],
] as const)('a reply %i %j is an error with its message', async ([status, body, message, exitCode]) => {
  const { url } = await startService(reply(status, body))
  const error = await findError(createClient({ url }).get('/a'))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status, message, exitCode })
})

test('another program at the address is not taken for the service', async () => {
  const url = await listen(createServer(reply(404, '<html>Not found</html>')))
  const error = await findError(createClient({ url }).get('/a'))
  expect(error).toBeInstanceOf(Unreachable)
  expect(error.message).toBe(`What answers at ${url} is not Ringback: its reply 404 is not JSON.`)
})

test('a closed port, and a connection that breaks, are unreachable services', async () => {
  const closed = await findClosedPort()
  const refused = await findError(createClient({ url: closed }).get('/a'))
  expect(refused).toMatchObject({
    message: `No service answers at ${closed} (ECONNREFUSED).`,
    advice: expect.stringContaining('ringback start'),
    exitCode: 3,
  })
  const url = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())))
  const broken = await findError(createClient({ url }).get('/a'))
  expect(broken).toBeInstanceOf(Unreachable)
  expect(broken.message).toMatch(/^The service at \S+ closed the connection before it replied \(\w+\)\.$/)
})

test('a certificate that is not trusted is named', async () => {
  const cause = Object.assign(new Error('self-signed certificate in certificate chain'), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  })
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('fetch failed', { cause })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(await findError(createClient({ url: 'https://localhost:7071' }).get('/a'))).toMatchObject({
    message: 'The certificate of https://localhost:7071 is not trusted (SELF_SIGNED_CERT_IN_CHAIN).',
    advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    exitCode: 3,
  })
})

test('a service that does not reply in time is unreachable', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  const error = await findError(createClient({ url: 'http://localhost:7071' }).get('/a'))
  expect(error.message).toBe('The service at http://localhost:7071 did not reply within 120 s.')
})

test.for(['', 'localhost:7071', 'ftp://x', '127.0.0.1'])('%j is not the address of a service', (url) => {
  expect(() => createClient({ url })).toThrow(UsageError)
})

test('a query has only the values that are given', () => {
  expect(encodeQuery({ a: '1 2', b: undefined, c: '&' })).toBe('a=1+2&c=%26')
})

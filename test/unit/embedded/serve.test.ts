import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { EmbeddedService } from '../../../embedded/embeddedService.js'
import { type ServeOptions, serve } from '../../../embedded/serve.js'

const folder = mkdtempSync(join(tmpdir(), 'ringback-serve-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function start(options: Partial<ServeOptions> = {}) {
  const log = () => undefined
  const service = await serve({ hostname: '127.0.0.1', port: 0, env: {}, log, ...options })
  onTestFinished(() => service.stop())
  return service
}

test('a directory with a damaged journal can be used again when the journal is gone', async () => {
  const directory = join(folder, 'damaged')
  const first = await start({ directory })
  await first.stop()
  writeFileSync(join(directory, 'ringback.journal'), 'something\n')
  await expect(start({ directory })).rejects.toThrow(`Cannot keep data in ${directory}: `)
  rmSync(join(directory, 'ringback.journal'))
  await start({ directory })
})

test.skipIf(process.platform === 'win32')('only the owner of the directory can read what is in it', async () => {
  const directory = join(folder, 'private')
  await start({ directory })
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

test('a service that cannot listen is stopped, and its directory is released', async () => {
  const directory = join(folder, 'listen')
  const stop = vi.spyOn(EmbeddedService.prototype, 'stop')
  onTestFinished(() => stop.mockRestore())
  const { baseUrl } = await start()
  const port = Number(new URL(baseUrl).port)
  await expect(start({ directory, port })).rejects.toThrow('EADDRINUSE')
  expect(stop).toHaveBeenCalledOnce()
  await start({ directory })
})

test('a connection stays open for the next request, as long as with the real host', async () => {
  const { baseUrl } = await start()
  expect((await fetch(`${baseUrl}/health`)).headers.get('keep-alive')).toBe('timeout=130')
})

test('a host name that is not known gets a 421 that names the option', async () => {
  const { baseUrl } = await start()
  const reply = await send(baseUrl, 'GET /health HTTP/1.1\r\nHost: calls.example\r\nConnection: close\r\n\r\n')
  expect(reply).toMatch(/^HTTP\/1\.1 421 /)
  expect(reply).toContain('Start it with --host-names calls.example,')
})

test.each(['http://[bad/x', 'http://a:99999/'])(
  'the request target %s gets a 400 in the form of Graph',
  async (target) => {
    const { baseUrl } = await start()
    const reply = await send(baseUrl, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    expect(reply).toMatch(/^HTTP\/1\.1 400 /)
    const body = JSON.parse(reply.slice(reply.indexOf('\r\n\r\n')))
    expect(body.error).toMatchObject({ code: 'invalidRequest', message: expect.stringContaining(target) })
  },
)

/** Sends bytes that an HTTP client would not send, and returns the response. */
function send(baseUrl: string, request: string): Promise<string> {
  const { hostname, port } = new URL(baseUrl)
  const socket = connect(Number(port), hostname, () => socket.write(request))
  return text(socket)
}

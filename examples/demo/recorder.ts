import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was asked, as it was on the wire. Times are milliseconds since 1970. */
export interface Asked {
  readonly from: string
  readonly to: string
  readonly method: string
  readonly path: string
  readonly requestHeaders: IncomingHttpHeaders
  readonly requestBody: string
  readonly sentAt: number
}

/** What came back. */
interface Answered {
  readonly status: number
  readonly responseHeaders: IncomingHttpHeaders
  readonly responseBody: string
  /** Why nothing came back; the asker is then told 502. */
  readonly failure: string | undefined
}

export type Exchange = Asked & Answered & { readonly answeredAt: number }

/** Is told of each request as soon as it is there; what it returns is told of the answer. */
export type Observer = (asked: Asked) => (exchange: Exchange) => void

export interface Recorder {
  readonly url: string
  close(): void
}

/** They belong to one connection (RFC 9110, 7.6.1), and there are two. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding']

/** Stands between two parties and passes on what they say, byte for byte. */
export async function startRecorder(
  { from, to, target }: { from: string; to: string; target: () => string },
  observe: Observer,
): Promise<Recorder> {
  const server = createServer(async (request, response) => {
    const sentAt = Date.now()
    const { method = 'GET', url: path = '/', headers: requestHeaders } = request
    const requestBody = await readBody(request)
    // Somebody who broke off has said nothing.
    if (!requestBody) return
    const asked = { from, to, method, path, requestHeaders, requestBody: requestBody.toString(), sentAt }
    const tell = observe(asked)
    const abandoned = new AbortController()
    response.once('close', () => abandoned.abort())
    const { bytes, ...answered } = await passOn(new URL(path, target()), asked, requestBody, abandoned.signal)
    tell({ ...asked, ...answered, answeredAt: Date.now() })
    response.writeHead(answered.status, endToEnd(answered.responseHeaders)).end(bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function passOn(
  url: URL,
  { method, requestHeaders }: Asked,
  body: Buffer,
  signal: AbortSignal,
): Promise<Answered & { bytes: Buffer }> {
  try {
    const onward = sendRequest(url, { method, headers: endToEnd(requestHeaders), agent: false, signal })
    onward.end(body)
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    const bytes = Buffer.concat(await answer.toArray())
    const { statusCode: status = 502, headers: responseHeaders } = answer
    return { status, responseHeaders, responseBody: bytes.toString(), failure: undefined, bytes }
  } catch (error) {
    const failure = (error as NodeJS.ErrnoException).code ?? String(error)
    return { status: 502, responseHeaders: {}, responseBody: '', failure, bytes: Buffer.alloc(0) }
  }
}

const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return request.toArray().then(
    (chunks) => Buffer.concat(chunks),
    () => undefined,
  )
}

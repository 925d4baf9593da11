import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP request as it was on the wire. Times are milliseconds since 1970. */
export interface RecordedRequest {
  readonly from: string
  readonly to: string
  readonly method: string
  readonly path: string
  readonly requestHeaders: IncomingHttpHeaders
  readonly requestBody: string
  readonly sentAt: number
}

interface RecordedReply {
  readonly status: number
  readonly responseHeaders: IncomingHttpHeaders
  readonly responseBody: string
  /** Why the receiver did not reply. The sender gets a 502 in this case. */
  readonly failure: string | undefined
}

export type Exchange = RecordedRequest & RecordedReply & { readonly answeredAt: number }

/** Is called with each request when it arrives. The function that it returns is called with the reply. */
export type Observer = (request: RecordedRequest) => (exchange: Exchange) => void

export interface Recorder {
  readonly url: string
  close(): void
}

/** These headers belong to one connection (RFC 9110, 7.6.1), and a recorder has two connections. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding']

/** Starts a proxy between two parties that passes their messages on unchanged and records them. */
export async function startRecorder(
  { from, to, target }: { from: string; to: string; target: () => string },
  observe: Observer,
): Promise<Recorder> {
  const server = createServer(async (request, response) => {
    const sentAt = Date.now()
    const { method = 'GET', url: path = '/', headers: requestHeaders } = request
    const requestBody = await readBody(request)
    // The client has closed the connection before the end of its request.
    if (!requestBody) return
    const recorded = { from, to, method, path, requestHeaders, requestBody: requestBody.toString(), sentAt }
    const recordReply = observe(recorded)
    const abandoned = new AbortController()
    response.once('close', () => abandoned.abort())
    const { bytes, ...reply } = await passOn(new URL(path, target()), recorded, requestBody, abandoned.signal)
    recordReply({ ...recorded, ...reply, answeredAt: Date.now() })
    response.writeHead(reply.status, keepEndToEnd(reply.responseHeaders)).end(bytes)
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
  { method, requestHeaders }: RecordedRequest,
  body: Buffer,
  signal: AbortSignal,
): Promise<RecordedReply & { bytes: Buffer }> {
  try {
    const onward = sendRequest(url, { method, headers: keepEndToEnd(requestHeaders), agent: false, signal })
    onward.end(body)
    const [reply] = (await once(onward, 'response')) as [IncomingMessage]
    const bytes = Buffer.concat(await reply.toArray())
    const { statusCode: status = 502, headers: responseHeaders } = reply
    return { status, responseHeaders, responseBody: bytes.toString(), failure: undefined, bytes }
  } catch (error) {
    const failure = (error as NodeJS.ErrnoException).code ?? String(error)
    return { status: 502, responseHeaders: {}, responseBody: '', failure, bytes: Buffer.alloc(0) }
  }
}

const keepEndToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return request.toArray().then(
    (chunks) => Buffer.concat(chunks),
    () => undefined,
  )
}

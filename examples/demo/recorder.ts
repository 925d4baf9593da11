import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request and its response, as they were on the wire. Times are milliseconds since 1970. */
export interface Exchange {
  readonly from: string
  readonly to: string
  readonly method: string
  readonly path: string
  readonly requestHeaders: IncomingHttpHeaders
  readonly requestBody: string
  readonly status: number
  readonly responseHeaders: IncomingHttpHeaders
  readonly responseBody: string
  readonly sentAt: number
  readonly answeredAt: number
}

export interface Recorder {
  readonly url: string
  close(): void
}

/**
 * Stands between two parties and passes on what they say, byte for byte. `onExchange` is told of each request once it is
 * answered.
 */
export async function startRecorder(
  { from, to, target }: { from: string; to: string; target: () => string },
  onExchange: (exchange: Exchange) => void,
): Promise<Recorder> {
  const server = createServer(async (request, response) => {
    const sentAt = Date.now()
    const { method = 'GET', url: path = '/', headers: requestHeaders } = request
    const requestBody = Buffer.concat(await request.toArray())
    const onward = sendRequest(new URL(path, target()), { method, headers: requestHeaders, agent: false })
    const finish = (status: number, responseHeaders: IncomingHttpHeaders, responseBody: string) => {
      const said = { from, to, method, path, requestHeaders, requestBody: requestBody.toString(), sentAt }
      onExchange({ ...said, status, responseHeaders, responseBody, answeredAt: Date.now() })
      const { 'transfer-encoding': _, ...headers } = responseHeaders
      response.writeHead(status, headers).end(responseBody)
    }
    // Nobody there to answer: what was said counts all the same.
    onward.on('error', () => finish(502, {}, ''))
    onward.on('response', async (answer) => {
      const responseBody = Buffer.concat(await answer.toArray()).toString()
      finish(answer.statusCode ?? 502, answer.headers, responseBody)
    })
    onward.end(requestBody)
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

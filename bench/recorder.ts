import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

// Stands between an app and its storage, and records the requests.

const PARTS = ['Table', 'Queue', 'Blob'] as const
type StoragePart = (typeof PARTS)[number]

/** A request to the storage, and its reply. */
export interface StorageRequest {
  readonly part: StoragePart
  readonly method: string
  /** The decoded path behind the account, with its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly status: number
  readonly reply: string
  readonly startedAt: number
  readonly endedAt: number
}

export interface Recorder {
  /** The connection string for the app. */
  readonly connection: string
  /** The requests since the last call, without receives of an empty queue, in the order of their start. */
  take(): StorageRequest[]
  /** Shows all queues as empty, so that only the client's requests run. */
  holdMessages(isHeld: boolean): void
  /** Waits until the app has sent nothing but receives of empty queues for QUIET_MS: all work has ended. */
  waitUntilQuiet(): Promise<void>
  close(): void
}

const NO_MESSAGES = '<?xml version="1.0" encoding="utf-8"?><QueueMessagesList />'
const QUIET_MS = 600
const POLL_MS = 20

export async function startRecorder(storage: string): Promise<Recorder> {
  const servers: Server[] = []
  let requests: StorageRequest[] = []
  let running = 0
  let lastActivity = performance.now()
  let isHeld = false
  let connection = storage

  const serve = async (part: StoragePart, target: URL, request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request
    const path = decodeURIComponent(url.replace(/^\/[^/]+\//, ''))
    const isReceive = part === 'Queue' && method === 'GET' && path.includes('/messages')
    if (isReceive && isHeld) return void response.writeHead(200, { 'content-type': 'application/xml' }).end(NO_MESSAGES)
    const startedAt = performance.now()
    running += isReceive ? 0 : 1
    const body = await readText(request)
    const { status, reply } = await forward(request, body, target, response)
    running -= isReceive ? 0 : 1
    if (isReceive && !reply.includes('<QueueMessage>')) return
    const endedAt = performance.now()
    lastActivity = endedAt
    requests.push({ part, method, path, headers: request.headers, body, status, reply, startedAt, endedAt })
  }

  for (const part of PARTS) {
    const [, endpoint = ''] = new RegExp(`${part}Endpoint=(http://[^/;]+)`).exec(storage) ?? []
    const server = createServer((request, response) => {
      serve(part, new URL(endpoint), request, response).catch(() => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    const { port } = server.address() as AddressInfo
    connection = connection.replace(`${part}Endpoint=${endpoint}`, `${part}Endpoint=http://127.0.0.1:${port}`)
  }
  return {
    connection,
    take() {
      const taken = requests.toSorted((a, b) => a.startedAt - b.startedAt)
      requests = []
      return taken
    },
    holdMessages(isNowHeld) {
      isHeld = isNowHeld
    },
    async waitUntilQuiet() {
      lastActivity = performance.now()
      while (running > 0 || performance.now() - lastActivity < QUIET_MS) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    close() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

const readText = async (stream: IncomingMessage): Promise<string> =>
  Buffer.concat(await stream.toArray()).toString('latin1')

/** Sends a request on to the storage, and its reply back. */
async function forward(
  { method, headers, url = '' }: IncomingMessage,
  body: string,
  target: URL,
  response: ServerResponse,
): Promise<{ status: number; reply: string }> {
  const forwarded = sendRequest(new URL(url, target), { method, headers })
  forwarded.end(Buffer.from(body, 'latin1'))
  const [reply] = (await once(forwarded, 'response')) as [IncomingMessage]
  const text = await readText(reply)
  response.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.from(text, 'latin1'))
  return { status: reply.statusCode ?? 502, reply: text }
}

import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// The client of the measured apps: it sends requests, and its callback answers every notification with 202.

/** How long the benchmark waits for notifications before it fails. */
const NOTIFICATION_TIMEOUT_MS = 180_000
const VERSION = '/v1.0'
const CALLS = `${VERSION}/communications/calls`
const SERVICE_HOSTED = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }

/** The operations that are measured, in the order in which one call can have them. */
export const OPERATIONS = ['create', 'get', 'mute', 'invite', 'hang up', 'answer'] as const
export type Operation = (typeof OPERATIONS)[number]

/** A meeting with audio is established: establishing, established, the roster, the state of the audio. */
export const CREATE_NOTIFICATIONS = 4

/** A server that records when notifications arrive. */
export interface Callback {
  readonly url: string
  /** How many notifications have arrived. */
  readonly received: number
  /** When the notifications of a call arrived, as `performance.now()` counts. */
  arrivalsOf(callId: string): readonly number[]
  /** Waits until so many notifications have arrived in total. */
  waitFor(received: number): Promise<void>
  /** Waits until so many notifications of one call have arrived. */
  waitForCall(callId: string, count: number): Promise<void>
  close(): void
}

/** A command without a body. */
export interface Command {
  /** The path of the call. */
  readonly call: string
  readonly action: 'keepAlive' | 'mute'
}

/** A registered bot of the service. */
export interface Bot {
  readonly callback: Callback
  /** Sends the request of an operation, and returns the path of the call. */
  run(operation: Operation, call: string): Promise<string>
  /** Lets a person call the bot, and returns the path of the call. */
  placeCall(): Promise<string>
  /** Mutes the bot, or unmutes it if the last call of this method muted it. Each causes one notification. */
  toggleMute(call: string): Promise<void>
  /** Sends up to 20 commands as one JSON batch. */
  sendBatch(commands: readonly Command[]): Promise<void>
  /** Lets a person join the call. */
  joinCall(call: string): Promise<void>
  /** The same bot, whose requests go to another host of the same storage and keys. */
  at(baseUrl: string): Bot
}

export const idOf = (call: string): string => call.split('/').at(-1) ?? ''

export async function startCallback(): Promise<Callback> {
  const arrivals = new Map<string, number[]>()
  const events = new EventEmitter().setMaxListeners(0)
  let received = 0
  const server = createServer(async (request, response) => {
    const at = performance.now()
    const text = Buffer.concat(await request.toArray()).toString()
    response.writeHead(202).end()
    const [, callId = ''] = /\/calls\/([\w-]+)/.exec(text) ?? []
    arrivals.set(callId, [...(arrivals.get(callId) ?? []), at])
    received++
    events.emit('received')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const waitUntil = async (isReached: () => boolean): Promise<void> => {
    const signal = AbortSignal.timeout(NOTIFICATION_TIMEOUT_MS)
    while (!isReached()) {
      await once(events, 'received', { signal }).catch((cause: unknown) => {
        throw new Error(`notifications are missing after ${NOTIFICATION_TIMEOUT_MS} ms`, { cause })
      })
    }
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    get received() {
      return received
    },
    arrivalsOf: (callId) => arrivals.get(callId) ?? [],
    waitFor: (count) => waitUntil(() => received >= count),
    waitForCall: (callId, count) => waitUntil(() => (arrivals.get(callId)?.length ?? 0) >= count),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Sends a request and returns the body of a successful reply. */
export async function send(
  url: string,
  method: string,
  { body, token }: { body?: unknown; token?: string } = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return text.startsWith('{') ? JSON.parse(text) : {}
}

/** The body of a create: the bot joins a meeting with audio. The apps that are compared get the same body. */
export const createBody = (callbackUri: string) => ({
  callbackUri,
  requestedModalities: ['audio'],
  mediaConfig: SERVICE_HOSTED,
  chatInfo: { threadId: `19:${randomUUID()}@thread.v2`, messageId: '0' },
  meetingInfo: {
    '@odata.type': '#microsoft.graph.organizerMeetingInfo',
    organizer: { user: { id: randomUUID(), tenantId: randomUUID() } },
  },
})

/** Registers a bot at the service. */
export async function startBot(baseUrl: string, callback: Callback): Promise<Bot> {
  const [applicationId, tenantId] = [randomUUID(), randomUUID()]
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: applicationId,
    client_secret: 'bench',
    scope: 'https://graph.microsoft.com/.default',
  })
  const reply = await fetch(`${baseUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form })
  const { access_token: token } = (await reply.json()) as { access_token: string }
  await send(`${baseUrl}/bots/${applicationId}`, 'PUT', {
    body: { displayName: 'Bench', tenantId, callingWebhook: callback.url, dialect: 'communications' },
    token,
  })
  return createBot(baseUrl, { applicationId, token, callback })
}

interface BotIdentity {
  readonly applicationId: string
  readonly token: string
  readonly callback: Callback
}

function createBot(baseUrl: string, identity: BotIdentity): Bot {
  const { applicationId, token, callback } = identity
  const request = (method: string, path: string, body?: unknown) => send(baseUrl + path, method, { body, token })
  const person = () => ({ user: { id: randomUUID(), displayName: 'Ann' } })
  /** The calls in which toggleMute has muted the bot. */
  const muted = new Set<string>()
  const requests: Record<Operation, (call: string) => Promise<Record<string, unknown>>> = {
    create: () => request('POST', CALLS, createBody(callback.url)),
    get: (call) => request('GET', call),
    mute: (call) => request('POST', `${call}/mute`, {}),
    invite: (call) => request('POST', `${call}/participants/invite`, { participants: [{ identity: person() }] }),
    'hang up': (call) => request('DELETE', call),
    answer: (call) =>
      request('POST', `${call}/answer`, {
        callbackUri: callback.url,
        acceptedModalities: ['audio'],
        mediaConfig: SERVICE_HOSTED,
      }),
  }
  return {
    callback,
    async run(operation, call) {
      const { id } = await requests[operation](call)
      return operation === 'create' ? `${CALLS}/${id}` : call
    },
    async placeCall() {
      const { id } = await request('POST', '/simulator/calls', {
        to: { application: { id: applicationId } },
        from: person(),
      })
      return `${CALLS}/${id}`
    },
    async toggleMute(call) {
      const isMuted = muted.delete(call)
      if (!isMuted) muted.add(call)
      await request('POST', `${call}/${isMuted ? 'unmute' : 'mute'}`, {})
    },
    async sendBatch(commands) {
      const requests = commands.map(({ call, action }, index) => ({
        id: `${index}`,
        method: 'POST',
        url: `${call.slice(VERSION.length)}/${action}`,
      }))
      const { responses } = await request('POST', `${VERSION}/$batch`, { requests })
      const refused = (responses as { readonly status: number }[]).find(({ status }) => status >= 400)
      if (refused) throw new Error(`a command of a batch was refused: ${JSON.stringify(refused)}`)
    },
    async joinCall(call) {
      await request('POST', `/simulator/calls/${idOf(call)}/participants`, { identity: person() })
    },
    at: (otherBaseUrl) => createBot(otherBaseUrl, identity),
  }
}

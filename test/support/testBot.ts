import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { addCallback } from './callbackServer.js'
import { CLIENT_SECRET } from './runLogs.js'

export interface Received {
  readonly headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
  readonly body: any
  readonly text: string
  readonly at: number
}

type CallbackHandler = (received: Received, response: ServerResponse) => void | Promise<void>

// A bot: a callback, a token, and requests. scenarios.ts has the steps that tests build from it.

/** A bot with an application id, a callback that records notifications, and a token for its requests. */
export interface TestBot {
  readonly applicationId: string
  readonly tenantId: string
  readonly token: string
  readonly callbackUri: string
  readonly received: readonly Received[]
  /** Answers a notification; by default with 202. */
  onNotification: CallbackHandler
  /** Waits until the callback has received `count` notifications, and returns all that it has received. */
  waitFor(count: number, withinMs?: number): Promise<readonly Received[]>
  /** One line per notification, such as `updated call established`. */
  flow(): string[]
  /** Sends a request with this bot's token. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestReply>
  register(dialect: 'app' | 'communications'): Promise<TestReply>
  close(): Promise<void>
}

export interface TestReply {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
  readonly body: any
  readonly text: string
}

export async function startBot(
  baseUrl: string,
  roles?: string,
  applicationId: string = randomUUID(),
  tenantId: string = randomUUID(),
): Promise<TestBot> {
  const received: Received[] = []
  const arrivals = new EventEmitter()
  const callback = await addCallback(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    const notification = { headers: request.headers, body: JSON.parse(text), text, at: Date.now() }
    received.push(notification)
    arrivals.emit('received')
    await bot.onNotification(notification, response)
  })
  const token = await fetchToken(baseUrl, { tenantId, applicationId, roles })
  const bot: TestBot = {
    applicationId,
    tenantId,
    token,
    callbackUri: callback.url,
    received,
    onNotification: (_, response) => void response.writeHead(202).end(),
    async waitFor(count, withinMs = 60_000) {
      const deadline = AbortSignal.timeout(withinMs)
      while (received.length < count) {
        await once(arrivals, 'received', { signal: deadline }).catch(() => {
          throw new Error(
            `expected ${count} notifications within ${withinMs} ms, got ${received.length}: ${bot.flow().join(', ')}`,
          )
        })
      }
      return received
    },
    flow: () => received.map(({ body }) => describeNotification(body)),
    request: (method, path, body, headers) => send(baseUrl, method, path, { token, body, headers }),
    register: (dialect) =>
      bot.request('PUT', `/bots/${applicationId}`, {
        displayName: 'Test BOT',
        tenantId,
        callingWebhook: bot.callbackUri,
        dialect,
      }),
    close: async () => callback.remove(),
  }
  return bot
}

export async function fetchToken(
  baseUrl: string,
  { tenantId, applicationId, roles }: { tenantId: string; applicationId: string; roles?: string | undefined },
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: applicationId,
    client_secret: CLIENT_SECRET,
    scope: 'https://graph.microsoft.com/.default',
    ...(roles === undefined ? {} : { roles }),
  })
  const response = await fetch(`${baseUrl}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form })
  return ((await response.json()) as { access_token: string }).access_token
}

interface RequestOptions {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly headers?: Record<string, string> | undefined
}

/** Sends a request. A body that is a string is sent unchanged, any other as JSON. */
export async function send(
  baseUrl: string,
  method: string,
  path: string,
  { token, body, headers = {} }: RequestOptions = {},
): Promise<TestReply> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text ? JSON.parse(text) : undefined,
  }
}

function describeNotification(body: {
  value: { changeType: string; resource: string; resourceData: unknown }[]
}): string {
  const [change] = body.value
  if (!change) return 'empty'
  const [, , , , part = 'call'] = change.resource.split('/')
  const data = change.resourceData as { state?: string; status?: string; length?: number; mediaState?: object }
  const state = data.mediaState ? 'with audio' : (data.state ?? data.status ?? data.length ?? '')
  return `${change.changeType} ${part} ${state}`.trim()
}

export const SERVICE_HOSTED = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
/** The body of message 12 of the documented flow: the bot joins a channel meeting without media. */
export const meetingBody = (callbackUri: string) => ({
  callbackUri,
  requestedModalities: [],
  chatInfo: { threadId: '19:thread@thread.v2', messageId: '1507228578052', replyChainMessageId: '1507228578052' },
  meetingInfo: {
    '@odata.type': '#microsoft.graph.organizerMeetingInfo',
    organizer: {
      user: { id: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F', tenantId: '49BFC225-8482-4AB8-94E7-76B48FDB9849' },
    },
  },
})
export const user = (id: string = randomUUID(), displayName = 'Heidi Steen') => ({ user: { id, displayName } })

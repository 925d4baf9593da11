/**
 * A sample calling bot. It answers every call. It invites Heidi Steen to the first call and hangs up when she has
 * joined. It joins a meeting and invites the callers of the next two calls to it; the invitations replace their calls.
 * After three calls it hangs up the meeting and ends. Calls to one of its resource accounts do not count: menu.ts and
 * room.ts handle them. It needs Node.js and the package jose only. README.md in this folder explains how to run it.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createMenu } from './menu.js'
import type { Connection, Conversation, Notification, Reply, Resource, User } from './messages.js'
import { createRoom } from './room.js'

const {
  GRAPH_BASE_URL = 'http://127.0.0.1:7071',
  APPLICATION_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
  CLIENT_SECRET = 'any',
  TENANT_ID = '2432b57b-0abd-43db-aa7b-16eadd115d34',
  PORT = '3978',
} = process.env

/** Other bots in the same meeting would be in its roster, so this one has a meeting of its own. */
const { MEETING_THREAD_ID = `19:${APPLICATION_ID}@thread.tacv2` } = process.env

const HEIDI = { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' }
/** The bot ends after this number of calls. */
const MAX_CALLS = 3
/** The first call has this many participants when Heidi Steen has joined: the caller, the bot and Heidi Steen. */
const FULL_CALL = 3
/** A new token replaces one that expires within this time. */
const TOKEN_MARGIN_MS = 5 * 60_000
/** The statuses after which Graph asks clients to repeat a request, as its client libraries do. */
const RETRIED_STATUSES = [429, 503, 504]
const MAX_RETRIES = 5
/** Before the first retry. Each further retry waits twice as long, unless the reply has a Retry-After. */
const RETRY_DELAY_MS = 1_000

interface IncomingCall {
  /** `/app/calls/{id}` */
  path: string
  number: number
  caller: User
  isEstablished: boolean
  hasEnded: boolean
}

const incomingCalls = new Map<string, IncomingCall>()
/** The path of the meeting. The first notification about the meeting can arrive before the reply with its id. */
let meeting: Promise<string> | undefined
let isMeetingEstablished = false
let meetingMembers = new Set<string>()
const conversations: Conversation[] = []
const acknowledged = new Set<string>()

async function handleNotification(notification: Notification): Promise<void> {
  const { changeType, resource, resourceData } = notification
  const path = resource.split('/').slice(0, 4).join('/')
  if (changeType === 'created' && !Array.isArray(resourceData) && resourceData.source) {
    return answerIncoming(path, resourceData)
  }
  const call = incomingCalls.get(path)
  if (call) return handleCall(call, notification)
  if (path === (await meeting)) return handleMeeting(path, notification)
  for (const conversation of conversations) {
    if (!(await conversation.owns(path))) continue
    const { clientContext } = resourceData as Resource
    console.log(`${conversation.name}: ${summarize(notification, clientContext)}`)
    return conversation.handle(path, notification)
  }
  console.log(`${path}: ${summarize(notification)} (ignored: this bot does not handle this call)`)
}

/** A call to a resource account is a conversation of its own. */
function answerIncoming(path: string, { source, targets = [] }: Resource): Promise<void> {
  const caller = source?.identity.user ?? { id: 'unknown' }
  const account = targets[0]?.identity.applicationInstance?.id
  const connection: Connection = { act, joinMeeting }
  if (account === 'menu') conversations.push(createMenu(connection, path, HEIDI))
  else if (account === 'room') conversations.push(createRoom(connection, path, caller))
  else return answer(path, caller)
  console.log(`${account}: incoming from ${nameOf(caller)} (${path})`)
  return act('POST', `${path}/answer`, ANSWER)
}

async function act(method: string, path: string, body?: object): Promise<void> {
  const reply = await graph(method, path, body)
  // The other participants can end a call first.
  if (reply.status !== 404) expectOk(reply)
}

async function handleCall(call: IncomingCall, notification: Notification): Promise<void> {
  const { changeType, resource, resourceData } = notification
  console.log(`call ${call.number}: ${summarize(notification)}`)
  if (Array.isArray(resourceData)) {
    if (call.number > 1 || resourceData.length < FULL_CALL) return
    console.log('call 1: Heidi Steen has joined')
    return hangUp('call 1', call.path)
  }
  if (changeType === 'deleted' && resource === call.path) return endCall(call)
  // An established call can be updated again, for example when its audio starts.
  if (resourceData.state !== 'established' || call.isEstablished) return
  call.isEstablished = true
  if (call.number === 1) await inviteHeidi(call)
  else if (isMeetingEstablished) await bringToMeeting(call)
  else {
    meeting ??= joinMeeting()
    await meeting
  }
}

async function handleMeeting(path: string, notification: Notification): Promise<void> {
  const { changeType, resource, resourceData } = notification
  console.log(`meeting: ${summarize(notification)}`)
  if (Array.isArray(resourceData)) {
    meetingMembers = new Set(resourceData.flatMap(({ info }) => info.identity.user?.id ?? []))
  } else if (changeType === 'deleted' && resource === path) {
    stop()
  } else if (resourceData.state === 'established') {
    isMeetingEstablished = true
    const waiting = [...incomingCalls.values()].filter(
      (call) => call.number > 1 && call.isEstablished && !call.hasEnded,
    )
    await Promise.all(waiting.map(bringToMeeting))
  }
}

function summarize({ changeType, resource, resourceData }: Notification, operation = 'invitation'): string {
  if (Array.isArray(resourceData)) {
    const names = resourceData.map(({ info }) => (info.identity.user ? nameOf(info.identity.user) : 'the bot'))
    return `participants: ${names.join(', ')}`
  }
  if (resource.includes('/operations/')) return `${operation} ${resourceData.status}`
  return resourceData.toneInfo?.tone ?? resourceData.state ?? changeType
}

const nameOf = ({ displayName, id }: User): string => displayName ?? id

async function answer(path: string, caller: User): Promise<void> {
  const number = incomingCalls.size + 1
  console.log(`call ${number}: incoming from ${nameOf(caller)} (${path})`)
  // The notifications about this call can arrive before the reply.
  incomingCalls.set(path, { path, number, caller, isEstablished: false, hasEnded: false })
  console.log(`call ${number}: answering`)
  const response = await graph('POST', `${path}/answer`, ANSWER)
  // A caller can hang up first, and an old notification can arrive after this bot has been started again.
  if (response.status === 404) {
    incomingCalls.delete(path)
    console.log(`call ${number}: it ended before it was answered`)
    console.log(`Waiting for call ${number} of ${MAX_CALLS}.`)
  } else expectOk(response)
}

async function inviteHeidi({ number, path }: IncomingCall): Promise<void> {
  console.log(`call ${number}: inviting Heidi Steen`)
  const response = await graph('POST', `${path}/participants/invite`, {
    participants: [
      {
        endpointType: 'default',
        identity: { user: { ...HEIDI, tenantId: TENANT_ID } },
        languageId: 'en-US',
        region: 'westus',
      },
    ],
    clientContext: 'd45324c1-fcb5-430a-902c-f20af696537c',
  })
  expectOk(response)
}

/** Joins without media, because this bot only invites others to the meeting. Returns the path of the meeting. */
async function joinMeeting(): Promise<string> {
  console.log('meeting: joining')
  const response = await graph('POST', '/app/calls', {
    subject: 'Test Call',
    callbackUri,
    source: { identity: { application: { id: APPLICATION_ID } } },
    requestedModalities: [],
    chatInfo: {
      threadId: MEETING_THREAD_ID,
      messageId: '1507228578052',
      replyChainMessageId: '1507228578052',
    },
    meetingInfo: {
      '@odata.type': '#microsoft.graph.organizerMeetingInfo',
      organizer: { user: { id: '90ed37dc-d8e3-4e11-9de3-30a955dda06f', tenantId: TENANT_ID } },
    },
  })
  expectOk(response)
  const { id } = JSON.parse(response.body) as { id: string }
  return `/app/calls/${id}`
}

/** Invites a caller to the meeting; the invitation replaces the call that the caller is in. */
async function bringToMeeting({ number, path, caller }: IncomingCall): Promise<void> {
  // The API does not accept an invitation of a participant.
  if (meetingMembers.has(caller.id)) {
    console.log(`call ${number}: ${nameOf(caller)} is already in the meeting`)
    return hangUp(`call ${number}`, path)
  }
  console.log(`meeting: inviting ${nameOf(caller)}, which replaces call ${number}`)
  const { language, ...user } = caller
  // The id of the user and replacesCallId are sufficient; the other properties are optional.
  const invitation =
    user.id === HEIDI.id
      ? {
          participants: [
            {
              endpointType: 'default',
              languageId: language,
              region: 'westus',
              identity: { user: { ...user, tenantId: TENANT_ID } },
              replacesCallId: path,
            },
          ],
          clientContext: 'A904FBD5A31041E881E861877A3DE3CD',
        }
      : { participants: [{ identity: { user: { id: user.id } }, replacesCallId: path }] }
  expectOk(await graph('POST', `${await meeting}/participants/invite`, invitation))
}

async function hangUp(name: string, path: string): Promise<void> {
  console.log(`${name}: hanging up`)
  await act('DELETE', path)
}

async function endCall(call: IncomingCall): Promise<void> {
  call.hasEnded = true
  const ended = [...incomingCalls.values()].filter(({ hasEnded }) => hasEnded).length
  if (ended < MAX_CALLS) console.log(`Waiting for call ${ended + 1} of ${MAX_CALLS}.`)
  else if (meeting) await hangUp('meeting', await meeting)
  else stop()
}

function stop(): void {
  console.log('The sample bot ends.')
  server.close()
}

/**
 * Sends a request to Graph, and repeats it when Graph is busy or its reply is lost. All attempts have one
 * client-request-id, so that a request that was carried out is not carried out again.
 */
async function graph(method: string, path: string, body?: object): Promise<Reply> {
  const id = randomUUID()
  for (let retry = 0; ; retry++) {
    const reply = await send(`/beta${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${await getToken()}`,
        'Content-Type': 'application/json',
        'client-request-id': id,
        ...(retry > 0 && { 'Retry-Attempt': String(retry) }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!RETRIED_STATUSES.includes(reply.status) || retry === MAX_RETRIES) return reply
    console.log(`${method} ${path}: ${reply.status}, repeating it`)
    const { retryAfterSeconds } = reply
    await sleep(retryAfterSeconds === undefined ? RETRY_DELAY_MS * 2 ** retry : retryAfterSeconds * 1000)
  }
}

async function send(path: string, init: RequestInit = {}): Promise<Reply> {
  try {
    const response = await fetch(`${GRAPH_BASE_URL}${path}`, init)
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      status: response.status,
      body: await response.text(),
      // Graph sends seconds. Without them, or with a date, the delay is that of the bot.
      ...(Number.isFinite(retryAfter) && { retryAfterSeconds: retryAfter }),
      request: `${init.method ?? 'GET'} ${path}`,
    }
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
    throw new Error(
      `Cannot reach the service at ${GRAPH_BASE_URL} (${code ?? message}). ` +
        'Start it with "npm start", or set GRAPH_BASE_URL to its address.',
    )
  }
}

function expectOk({ status, body, request }: Reply): void {
  if (status >= 200 && status <= 299) return
  throw new Error(`The service refused ${request}: ${status} ${readErrorMessage(body)}`)
}

/** Returns the message of an error body of Graph, or the whole body if it is something else. */
function readErrorMessage(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message ?? body
  } catch {
    return body
  }
}

interface Token {
  value: string
  expiresAt: number
}

let token: Promise<Token> | undefined

async function getToken(): Promise<string> {
  const { value, expiresAt } = (await token) ?? { value: '', expiresAt: 0 }
  if (Date.now() < expiresAt - TOKEN_MARGIN_MS) return value
  token = fetchToken()
  return (await token).value
}

async function fetchToken(): Promise<Token> {
  const response = await send(`/${TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: APPLICATION_ID,
      client_secret: CLIENT_SECRET,
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  expectOk(response)
  const { access_token, expires_in } = JSON.parse(response.body) as { access_token: string; expires_in: number }
  return { value: access_token, expiresAt: Date.now() + expires_in * 1000 }
}

/** Reads from the OpenID metadata where the keys are that sign notifications, as with Microsoft's service. */
async function findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const response = await send('/v1/.well-known/OpenIdConfiguration')
  expectOk(response)
  const { jwks_uri } = JSON.parse(response.body) as { jwks_uri: string }
  return createRemoteJWKSet(new URL(jwks_uri))
}

const REFUSALS = {
  401: 'it has no token.',
  403: 'its token has expired, or is for another bot or from another service.',
}

/** Returns the status with which a notification is refused, if it is. */
async function authenticate({ headers }: IncomingMessage): Promise<401 | 403 | undefined> {
  const [, presented] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (presented === undefined) return 401
  return jwtVerify(presented, keys, { issuer: 'https://api.botframework.com', audience: APPLICATION_ID }).then(
    () => undefined,
    () => 403,
  )
}

const server = createServer(async (request, response) => {
  const refusal = await authenticate(request)
  if (refusal !== undefined) {
    console.log(`Refused a notification (${refusal}): ${REFUSALS[refusal]}`)
    response.writeHead(refusal).end()
    return
  }
  const text = Buffer.concat(await request.toArray()).toString()
  // The acknowledgment goes first, because the work can take longer than the service waits.
  response.writeHead(202).end()
  // Delivery is at least once: a repeated notification is acknowledged and not handled again.
  const id = String(request.headers['ringback-notification-id'])
  if (acknowledged.has(id)) return
  acknowledged.add(id)
  for (const notification of (JSON.parse(text) as { value: Notification[] }).value) {
    handleNotification(notification).catch(fail)
  }
})

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function listen(): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(PORT), '127.0.0.1', resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(
      `Port ${PORT} is in use. Choose another one, such as PORT=3979, and register the bot with that callback URL.`,
    )
  })
  return (server.address() as AddressInfo).port
}

const [keys] = await Promise.all([findKeys(), getToken()]).catch(fail)
const port = await listen().catch(fail)
const callbackUri = `${process.env.CALLBACK_BASE_URL ?? `http://127.0.0.1:${port}`}/api/calls`
const ANSWER = {
  callbackUri,
  acceptedModalities: ['audio', 'video'],
  mediaConfig: {
    '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
    preFetchMedia: [
      { uri: 'https://cdn.contoso.com/beep.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088E' },
      { uri: 'https://cdn.contoso.com/cool.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088F' },
    ],
  },
}
console.log(`The sample bot listens on port ${port}. Its callback URL is ${callbackUri}`)
console.log(`Waiting for call 1 of ${MAX_CALLS}. examples/bot/README.md explains how to register and call the bot.`)

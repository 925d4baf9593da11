/**
 * A calling bot, as somebody who uses the API writes one: it answers whoever calls it. Into the first call it invites Heidi
 * Steen; the next callers it takes along into a channel meeting, whose calls end with that. Then it hangs up. Node.js and
 * the package jose are all that it needs: `node bot.ts` (see README.md beside it).
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const {
  GRAPH_BASE_URL = 'http://127.0.0.1:7071',
  APPLICATION_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
  CLIENT_SECRET = 'any',
  TENANT_ID = '2432b57b-0abd-43db-aa7b-16eadd115d34',
  PORT = '3978',
} = process.env

interface User {
  id: string
  displayName?: string
  language?: string
}

/** The part of a notification that this bot reads. */
interface Notification {
  changeType: 'created' | 'updated' | 'deleted'
  /** `/app/calls/{id}`, with `/participants` or `/operations/{id}` behind it. */
  resource: string
  resourceData:
    | { state?: string; status?: string; direction?: string; source?: { identity: { user: User } } }
    | { info: { identity: { user?: User } } }[]
}

const HEIDI = { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' }
/** How many calls this bot answers before it ends. */
const CALLS = 3
/** How many are in the first call when Heidi is there: the caller, the bot and she. */
const FULL = 3

const callers = new Map<string, User>()
let meeting = ''
let meetingIsJoined = false
const seen = new Set<string>()
const ended = new Set<string>()

/** What to do when something has happened to a call. */
async function react({ changeType, resource, resourceData }: Notification): Promise<void> {
  const call = resource.split('/').slice(0, 4).join('/')
  if (Array.isArray(resourceData)) {
    const people = resourceData.map(({ info }) => info.identity.user?.displayName ?? 'the bot')
    console.log(`In ${call}: ${people.join(', ')}`)
    if (call !== meeting && people.length === FULL) await graph('DELETE', call)
    return
  }
  if (resource !== call) return console.log(`An operation of ${call} is ${resourceData.status}`)
  console.log(`${call} is ${resourceData.state ?? changeType}`)
  const { state, direction, source } = resourceData
  if (changeType === 'created' && source) {
    callers.set(call, source.identity.user)
    await answer(call)
  }
  // The reply to our own request may come after this.
  if (direction === 'outgoing') meeting = call
  if (state === 'established') await goOn(call)
  if (changeType !== 'deleted') return
  ended.add(call)
  if (ended.size === CALLS) await graph('DELETE', meeting)
  if (ended.has(meeting)) server.close()
}

/** What to do when a call is established. */
async function goOn(call: string): Promise<void> {
  const [first, ...others] = callers.keys()
  if (call === first) return invite(call)
  if (call === meeting) {
    meetingIsJoined = true
    await Promise.all(others.map(takeAlong))
  } else if (meetingIsJoined) await takeAlong(call)
  else await joinMeeting()
}

async function answer(call: string): Promise<void> {
  await graph('POST', `${call}/answer`, {
    callbackUri,
    acceptedModalities: ['audio', 'video'],
    mediaConfig: {
      '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
      preFetchMedia: [
        { uri: 'https://cdn.contoso.com/beep.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088E' },
        { uri: 'https://cdn.contoso.com/cool.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088F' },
      ],
    },
  })
}

async function invite(call: string): Promise<void> {
  await graph('POST', `${call}/participants/invite`, {
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
}

/** Without media, since this bot only brings others there. */
async function joinMeeting(): Promise<void> {
  await graph('POST', '/app/calls', {
    subject: 'Test Call',
    callbackUri,
    source: { identity: { application: { id: APPLICATION_ID } } },
    requestedModalities: [],
    chatInfo: {
      threadId: '19:channel@thread.tacv2',
      messageId: '1507228578052',
      replyChainMessageId: '1507228578052',
    },
    meetingInfo: {
      '@odata.type': '#microsoft.graph.organizerMeetingInfo',
      organizer: { user: { id: '90ed37dc-d8e3-4e11-9de3-30a955dda06f', tenantId: TENANT_ID } },
    },
  })
}

/** Moves a caller into the meeting, which replaces the call that they are in. */
async function takeAlong(call: string): Promise<void> {
  const caller = callers.get(call)
  if (!caller) return
  const { language, ...user } = caller
  // Who they are and which call they are in is enough. An invitation can say more.
  const more = { endpointType: 'default', languageId: language, region: 'westus' }
  const invitation =
    user.id === HEIDI.id
      ? {
          participants: [{ ...more, identity: { user: { ...user, tenantId: TENANT_ID } }, replacesCallId: call }],
          clientContext: 'A904FBD5A31041E881E861877A3DE3CD',
        }
      : { participants: [{ identity: { user: { id: user.id } }, replacesCallId: call }] }
  await graph('POST', `${meeting}/participants/invite`, invitation)
}

/** One request to the API. */
async function graph(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${GRAPH_BASE_URL}/beta${path}`, {
    method,
    headers: { Authorization: `Bearer ${await token}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
}

async function fetchToken(): Promise<string> {
  const response = await fetch(`${GRAPH_BASE_URL}/${TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: APPLICATION_ID,
      client_secret: CLIENT_SECRET,
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  if (!response.ok) throw new Error(`No token: ${response.status} ${await response.text()}`)
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

/** Where the keys are that sign the tokens of notifications: the metadata says it, as the real service's do. */
async function findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const response = await fetch(`${GRAPH_BASE_URL}/v1/.well-known/OpenIdConfiguration`)
  if (!response.ok) throw new Error(`No metadata: ${response.status} ${await response.text()}`)
  const { jwks_uri } = (await response.json()) as { jwks_uri: string }
  return createRemoteJWKSet(new URL(jwks_uri))
}

/** Only the service may tell this bot anything: 401 without a token, 403 with one that is not from it for this bot. */
async function refuse({ headers }: IncomingMessage): Promise<401 | 403 | undefined> {
  const [, presented] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (presented === undefined) return 401
  return jwtVerify(presented, keys, { issuer: 'https://api.botframework.com', audience: APPLICATION_ID }).then(
    () => undefined,
    () => 403,
  )
}

const server = createServer(async (request, response) => {
  const refusal = await refuse(request)
  if (refusal !== undefined) {
    console.log(`Refused a notification: ${refusal}`)
    response.writeHead(refusal).end()
    return
  }
  const text = Buffer.concat(await request.toArray()).toString()
  // First the receipt, then the work.
  response.writeHead(202).end()
  // Delivery is at least once: what comes again is acknowledged again, and nothing more.
  const id = String(request.headers['ringback-notification-id'])
  if (seen.has(id)) return
  seen.add(id)
  for (const notification of (JSON.parse(text) as { value: Notification[] }).value) {
    react(notification).catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
})

const token = fetchToken()
const [keys] = await Promise.all([findKeys(), token])
await new Promise<void>((resolve) => server.listen(Number(PORT), '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const callbackUri = `${process.env.CALLBACK_BASE_URL ?? `http://127.0.0.1:${port}`}/api/calls`
console.log(`The bot listens on port ${port}`)

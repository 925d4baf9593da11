/** What happens outside the service and the bot: people who call the bot, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Texts } from './story.js'

const POLL_MS = 50
const MEGAN = { id: '8a34a46b-3d17-4adc-8dce-dc4e7d572698', displayName: 'Megan Bowen' }
const HEIDI = { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' }
/** The bot invites Heidi Steen to the first call; she calls the bot herself after that call has ended. */
const CALLERS = [MEGAN, MEGAN, HEIDI]

export const TEXTS: Texts = {
  setup: {
    name: 'setup',
    title: 'Setup',
    summary: 'The bot and the demo get access tokens, and the demo registers the callback URL of the bot.',
  },
  calls: [
    {
      name: 'call 1',
      title: 'Call 1: Megan Bowen calls the bot',
      summary: 'The bot answers, invites Heidi Steen to the call, and hangs up when she has joined.',
    },
    {
      name: 'call 2',
      title: 'Call 2: Megan Bowen calls the bot again',
      summary: 'The bot answers, joins a meeting and invites her to it; the invitation replaces this call, so it ends.',
    },
    {
      name: 'call 3',
      title: 'Call 3: Heidi Steen calls the bot',
      summary: 'The bot answers and invites her to the same meeting; the invitation replaces this call, so it ends.',
    },
  ],
  meeting: {
    name: 'the meeting',
    title: 'The meeting, from call 2 to the end',
    summary: 'The bot joins during call 2, invites both callers, and hangs up after call 3 (see the times).',
  },
  others: {
    name: 'other messages',
    title: 'Other messages',
    summary: 'These messages belong to none of the calls above, or arrived after the end of their call.',
  },
}

export function personName(userId: string): string {
  return CALLERS.find(({ id }) => id === userId)?.displayName ?? userId
}

export interface FlowOptions {
  readonly serviceUrl: string
  readonly callingWebhook: string
  readonly tenantId: string
  readonly applicationId: string
  readonly countEndedCalls: () => number
}

/** Registers the bot and places the calls. Each call begins when the previous one has ended. */
export async function runFlow({ countEndedCalls, ...options }: FlowOptions): Promise<void> {
  const { serviceUrl, callingWebhook, tenantId, applicationId } = options
  const token = await fetchToken(options)
  const send = async (method: string, path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await fetch(`${serviceUrl}${path}`, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path} failed: ${response.status} ${await response.text()}`)
  }
  const bot = { displayName: 'Sample bot', tenantId, callingWebhook, dialect: 'app' }
  await send('PUT', `/bots/${applicationId}`, bot)
  for (const [index, user] of CALLERS.entries()) {
    while (countEndedCalls() < index) await sleep(POLL_MS)
    await send('POST', '/simulator/calls', {
      to: { application: { id: applicationId } },
      from: { user: { ...user, tenantId } },
      requestedModalities: ['audio', 'video'],
    })
  }
}

async function fetchToken({
  serviceUrl,
  tenantId,
  applicationId,
}: Omit<FlowOptions, 'countEndedCalls'>): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: applicationId, client_secret: 'any' }
  const response = await fetch(`${serviceUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
  })
  if (!response.ok) throw new Error(`The service issued no token: ${response.status} ${await response.text()}`)
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

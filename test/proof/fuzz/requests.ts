import type { Endpoint } from '../../../shared/http/endpoint.js'

// Requests by chance: valid ones of every endpoint, and what can go wrong with each of their parts. One seed, one request.

export interface FuzzRequest {
  readonly endpoint: string
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly isMutated: boolean
}

/** What is there to be named. */
export interface Known {
  readonly applicationId: string
  readonly tenantId: string
  readonly callbackUri: string
  /** Calls of the application in different states, those of another application, and ids of nothing. */
  readonly calls: readonly string[]
  readonly operations: readonly string[]
  readonly participants: readonly string[]
  readonly applications: readonly string[]
  readonly people: readonly string[]
}

type Random = () => number
const SERVICE_HOSTED = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
const APP_HOSTED = { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: '<session>' }
const MEETING =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%2c%22Oid%22%3a%22550fae72-d251-43ec-868c-373732c2704f%22%7d'

export const pickOf = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T

/** Valid bodies of each endpoint that reads one, by its name without the spelling of its area. */
export const BODIES: Readonly<Record<string, (known: Known, random: Random) => unknown>> = {
  'call-create': ({ callbackUri, tenantId, people }, random) => {
    const person = () => ({
      '@odata.type': '#microsoft.graph.invitationParticipantInfo',
      identity: { user: { id: pickOf(random, people), displayName: 'Ann' } },
    })
    const common = {
      '@odata.type': '#microsoft.graph.call',
      callbackUri,
      mediaConfig: pickOf(random, [SERVICE_HOSTED, APP_HOSTED]),
    }
    const organizer = { user: { id: people[0], tenantId } }
    const chatInfo = { threadId: '19:x@thread.v2', messageId: '0', replyChainMessageId: null }
    return pickOf(random, [
      { ...common, targets: [person()], requestedModalities: ['audio'], tenantId },
      { ...common, targets: [person(), { identity: { phone: { id: '+15551234' } } }], subject: 'Incident' },
      { ...common, chatInfo, meetingInfo: { '@odata.type': '#microsoft.graph.organizerMeetingInfo', organizer } },
      {
        ...common,
        meetingInfo: {
          '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo',
          joinMeetingId: '123',
          passcode: null,
        },
      },
      {
        ...common,
        meetingInfo: { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'a.b.c' },
        source: { identity: { guest: { id: 'g' } } },
      },
      { ...common, targets: [person()], ringingTimeoutInSeconds: 30, targetDisposition: 'default' },
    ])
  },
  'call-answer': ({ callbackUri }) => ({
    callbackUri,
    acceptedModalities: ['audio'],
    mediaConfig: { ...SERVICE_HOSTED, preFetchMedia: [{ uri: 'https://bot.example/a.wav', resourceId: '1' }] },
  }),
  'call-reject': (_, random) => ({ reason: pickOf(random, ['busy', 'none', 'Forbidden']) }),
  'call-keep-alive': () => ({}),
  'call-mute': () => ({ clientContext: 'abc' }),
  'call-unmute': () => ({ clientContext: 'abc' }),
  'call-play-prompt': () => ({
    clientContext: 'c',
    prompts: [
      { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { uri: 'https://bot.example/a.wav' }, loop: 1 },
    ],
  }),
  'call-cancel-media-processing': () => ({ clientContext: 'c', all: true }),
  'call-subscribe-to-tone': () => ({ clientContext: 'c' }),
  'participant-invite': ({ people, calls }, random) => ({
    clientContext: 'c',
    participants: [
      {
        identity: { user: { id: pickOf(random, people) } },
        ...(random() < 0.4 && { replacesCallId: pickOf(random, calls) }),
      },
    ],
  }),
  'online-meeting-create': () => ({
    subject: 'Talk',
    startDateTime: '2026-01-31T09:30:00Z',
    endDateTime: '2026-01-31T10:30:00.0000000-08:00',
  }),
  'bot-put': ({ tenantId, callbackUri }) => ({
    displayName: 'Bot',
    tenantId,
    callingWebhook: callbackUri,
    dialect: 'app',
  }),
  'delivery-replay': ({ calls }, random) =>
    random() < 0.5 ? { callId: pickOf(random, calls) } : { since: '2026-01-31T09:30:00Z' },
  'simulator-call-place': ({ applications, people }, random) => ({
    to: { application: { id: pickOf(random, applications) } },
    from: { user: { id: pickOf(random, people) } },
  }),
  'simulator-call-join': ({ people }, random) => ({
    identity: { user: { id: pickOf(random, people), displayName: 'Zoë' } },
  }),
  'simulator-person-act': ({ calls }, random) => (random() < 0.5 ? {} : { callId: pickOf(random, calls) }),
  'simulator-person-press': ({ calls }, random) => ({
    tone: pickOf(random, ['tone1', 'Star', 'flash']),
    callId: pickOf(random, calls),
  }),
}

/** Forms, which are no JSON. */
const FORM =
  'grant_type=client_credentials&client_id=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11&client_secret=any&scope=x%2F.default'

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'delivery-list': ['', '?state=pending', '?since=2026-01-31T09:30:00Z', '?$skiptoken=e30', '?callId=x', '?unknown=1'],
  'online-meeting-list': [
    `?$filter=JoinWebUrl eq '${encodeURIComponent(MEETING)}'`,
    "?$filter=joinMeetingIdSettings/joinMeetingId eq '12 34'",
    '',
    '?$filter=x',
  ],
  'instance-discovery': [
    '?authorization_endpoint=https://login.example/x/oauth2',
    '',
    '?authorization_endpoint=nothing',
  ],
}

const ODD_TEXTS = [
  '',
  ' ',
  '.',
  '..',
  '%00',
  '%2e%2e%2f',
  '%',
  '%ff',
  "'",
  '"',
  'ä',
  '👍',
  '-1',
  '0',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '{callId}',
  '$count',
  '*',
  'x'.repeat(3_000),
]

/** @param name as the function is registered: with the spelling of its area */
export const baseName = (name: string): string => name.replace(/-(application|me)$/, '')

/** A request to an endpoint; every third is one whose body, or whatever else there is, has been spoiled. */
export function requestTo(endpoint: Endpoint, known: Known, random: Random): FuzzRequest {
  const name = baseName(endpoint.name)
  const isMutated = random() < 0.4
  const spoilsBody = isMutated && (endpoint.body !== undefined || endpoint.bodyType !== undefined) && random() < 0.85
  const path = pathOf(endpoint.route.text, known, random, isMutated && !spoilsBody)
  const query = pickOf(
    random,
    QUERIES[name] ?? (random() < 0.9 ? [''] : ['?$expand=participants', '?x=%', `?y=${'z'.repeat(500)}`]),
  )
  const body = bodyOf(endpoint, known, random, spoilsBody)
  return {
    endpoint: endpoint.name,
    method: endpoint.method,
    path: `${path}${query}`,
    headers: headersOf(random),
    isMutated,
    ...(body && { body }),
  }
}

function pathOf(template: string, known: Known, random: Random, spoil: boolean): string {
  const segments = template.split('/').map((segment) => {
    const [, name, words] = /^\{(\w+)(?::(.+))?\}$/.exec(segment) ?? []
    if (!name) return segment
    if (words) return pickOf(random, words.split('|'))
    if (name === 'callId') return spelled(pickOf(random, known.calls), random)
    if (name === 'operationId') return pickOf(random, known.operations)
    if (name === 'participantId') return pickOf(random, known.participants)
    if (name === 'applicationId') return random() < 0.8 ? known.applicationId : pickOf(random, known.applications)
    return pickOf(random, known.people)
  })
  if (spoil) segments[Math.floor(random() * segments.length)] = pickOf(random, ODD_TEXTS)
  const text = `/${segments.join('/')}`
  if (random() < 0.05) return text.toUpperCase()
  if (random() < 0.05) return `${text}/`
  return random() < 0.05 ? `/${segments.join('//')}` : text
}

const spelled = (id: string, random: Random): string =>
  random() < 0.8 ? id : pickOf(random, [id.toUpperCase(), id.replaceAll('-', ''), id.replaceAll('-', '').toUpperCase()])

function headersOf(random: Random): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': pickOf(random, [
      'application/json',
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/octet-stream',
    ]),
  }
  if (random() < 0.3)
    headers['client-request-id'] = pickOf(random, [
      'the same',
      'another',
      'x'.repeat(300),
      'ä'.normalize('NFD').replace(/[^\x20-\x7e]/g, ''),
    ])
  if (random() < 0.1) headers['retry-attempt'] = pickOf(random, ['1', '0', 'x'])
  if (random() < 0.1) headers['scenario-id'] = pickOf(random, ['', 'x', 'y'.repeat(257)])
  return headers
}

function bodyOf(endpoint: Endpoint, known: Known, random: Random, spoil: boolean): Buffer | undefined {
  if (endpoint.bodyType) return Buffer.from(spoil ? spoilText(FORM, random) : FORM)
  if (!endpoint.body) return endpoint.method !== 'GET' && random() < 0.1 ? Buffer.from('{"unread":') : undefined
  const example = BODIES[baseName(endpoint.name)]
  if (!example) throw new Error(`There is no valid body of ${endpoint.name} in test/proof/fuzz/requests.ts.`)
  const valid = example(known, random)
  if (!spoil) return Buffer.from(JSON.stringify(valid))
  if (random() < 0.15) return Buffer.from(spoilText(JSON.stringify(valid), random), 'latin1')
  let spoiled = valid
  for (let times = 0; times < 1 + random() * 2; times++) spoiled = spoilValue(spoiled, random)
  return Buffer.from(JSON.stringify(spoiled) ?? '')
}

/** Somewhere in it something is another, is missing, or is too much. */
function spoilValue(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random() < 0.8) {
    const index = Math.floor(random() * value.length)
    if (random() < 0.2) return Array(Math.floor(random() * 40)).fill(value[index])
    return value.with(index, spoilValue(value[index], random))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.85) {
    const entries = Object.entries(value)
    const [key = 'x', one] = pickOf(random, entries.length > 0 ? entries : [['x', 1]])
    const chance = random()
    if (chance < 0.15) return Object.fromEntries(entries.filter(([other]) => other !== key))
    if (chance < 0.25) return { ...value, [key.toUpperCase()]: one }
    if (chance < 0.3)
      return JSON.parse(
        `{"__proto__":{"admin":true},"constructor":{"prototype":1},${JSON.stringify(value).slice(1).replace(/^}/, '"x":1}')}`,
      )
    if (chance < 0.35)
      return {
        ...value,
        [pickOf(random, ['$id', '$ref', '$values', '@odata.type', 'toString', ''])]: pickOf(random, ODD_VALUES),
      }
    return { ...value, [key]: spoilValue(one, random) }
  }
  return pickOf(random, ODD_VALUES)
}

const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)])
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  '\u202e',
  '👍'.repeat(300),
  'x'.repeat(70_000),
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  nested(70),
  nested(20),
  Array(1_100).fill(0),
  '2026-13-45',
  'https://',
  'http://10.0.0.5/',
  'https://127.0.0.1/',
  'https://user:pw@bot.example/',
  'javascript:alert(1)',
  '00000000-0000-0000-0000-000000000000',
  '#microsoft.graph.nothing',
  { length: 5 },
]

function spoilText(text: string, random: Random): string {
  const at = Math.floor(random() * text.length)
  return pickOf(random, [
    text.slice(0, at),
    `${text}}`,
    `\ufeff${text}`,
    `${text.slice(0, at)}\xff\xfe${text.slice(at)}`,
    `${text.slice(0, at)}\0${text.slice(at)}`,
    '',
    'null',
    '[]',
    '"x"',
    '{',
    text.repeat(3),
    text.replaceAll('"', "'"),
    ' '.repeat(300_000),
  ])
}

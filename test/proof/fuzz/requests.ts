import type { Endpoint } from '../../../shared/http/endpoint.js'
import { baseNameOf } from '../../../shared/http/registerEndpoint.js'
import { renderWav } from '../../../shared/simulator/wav.js'

// Random requests to every endpoint: valid ones, and ones with an invalid part. A seed determines a request.

export interface FuzzRequest {
  readonly endpoint: string
  readonly method: string
  /** The path and the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Whether a part of a valid request was replaced by an invalid one. */
  readonly isMutated: boolean
}

/** The ids that requests use. */
export interface Known {
  readonly applicationId: string
  readonly tenantId: string
  readonly callbackUri: string
  /** Calls of the application in several states, a call of another application, and the id of no call. */
  readonly calls: readonly string[]
  readonly operations: readonly string[]
  readonly participants: readonly string[]
  readonly sessions: readonly string[]
  readonly applications: readonly string[]
  readonly people: readonly string[]
}

type Random = () => number
const SERVICE_HOSTED = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
const APP_HOSTED = { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: '<session>' }
const MEETING =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0' +
  '?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22' +
  '%2c%22Oid%22%3a%22550fae72-d251-43ec-868c-373732c2704f%22%7d'

export const pickOf = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T

/** An identity is a kind and an id: the same id under two kinds is two participants. */
const KINDS = ['user', 'phone', 'guest', 'applicationInstance', 'application'] as const

interface FuzzIdentity {
  readonly kind: (typeof KINDS)[number]
  readonly id: string
}

const participant = ({ kind, id }: FuzzIdentity) => ({
  '@odata.type': '#microsoft.graph.invitationParticipantInfo',
  identity: { [kind]: { id, displayName: 'Ann' } },
})

const identityOf = ({ kind, id }: FuzzIdentity) => ({ [kind]: { id } })
const JOIN_TOKEN = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }

const pickUser = (people: readonly string[], random: Random): FuzzIdentity => ({
  kind: 'user',
  id: pickOf(random, people),
})

/** The same id under another kind, or under any kind in another case. */
function varyIdentity({ kind, id }: FuzzIdentity, random: Random): FuzzIdentity {
  const others = KINDS.filter((other) => other !== kind)
  const inOtherCase = id === id.toUpperCase() ? id.toLowerCase() : id.toUpperCase()
  return pickOf(random, [
    { kind: pickOf(random, others), id },
    { kind: pickOf(random, KINDS), id: inOtherCase },
  ])
}

/** Sometimes the same id, otherwise another participant. */
const pickSecond = (first: FuzzIdentity, people: readonly string[], random: Random): FuzzIdentity =>
  random() < 0.5 ? varyIdentity(first, random) : pickUser(people, random)

/** Some ids in paths are not GUIDs; those in a valid body are. */
const pickGuid = (ids: readonly string[], random: Random): string =>
  pickOf(
    random,
    ids.filter((id) => id.includes('-')),
  )
const AUDIO_ROUTING_GROUPS = ['oneToOne', 'a group/of 100%', '11a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c99']

/** Valid bodies of each endpoint that reads one, by its base name. */
export const BODIES: Readonly<Record<string, (known: Known, random: Random) => unknown>> = {
  'call-create': ({ callbackUri, tenantId, people }, random) => {
    const target = pickUser(people, random)
    const person = () => participant(target)
    const common = {
      '@odata.type': '#microsoft.graph.call',
      callbackUri,
      mediaConfig: pickOf(random, [SERVICE_HOSTED, APP_HOSTED]),
    }
    const organizer = { user: { id: people[0], tenantId } }
    const chatInfo = { threadId: '19:x@thread.v2', messageId: '0', replyChainMessageId: null }
    return pickOf(random, [
      { ...common, targets: [person()], requestedModalities: ['audio'], tenantId },
      {
        ...common,
        source: { identity: { applicationInstance: { id: 'instance' } } },
        targets: [person(), { identity: { phone: { id: '+15551234' } } }],
        subject: 'Incident',
      },
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
      { ...common, targets: [person(), participant(pickSecond(target, people, random))] },
      { ...common, targets: [person()], source: { identity: { guest: { id: varyIdentity(target, random).id } } } },
    ])
  },
  'call-answer': ({ callbackUri }) => ({
    callbackUri,
    acceptedModalities: ['audio'],
    mediaConfig: { ...SERVICE_HOSTED, preFetchMedia: [{ uri: 'https://bot.example/a.wav', resourceId: '1' }] },
  }),
  'call-reject': (_, random) => ({ reason: pickOf(random, ['busy', 'none', 'Forbidden']) }),
  'call-redirect': ({ people, callbackUri }, random) => {
    const first = pickUser(people, random)
    return {
      targets: [participant(first), ...(random() < 0.4 ? [participant(pickSecond(first, people, random))] : [])],
      timeout: 15 + Math.floor(random() * 76),
      callbackUri,
      maskCaller: false,
      targetDisposition: 'default',
    }
  },
  'call-transfer': ({ people, calls }, random) => ({
    transferTarget: {
      ...participant(pickUser(people, random)),
      ...(random() < 0.4 && { replacesCallId: pickOf(random, calls) }),
    },
    ...(random() < 0.5 && { transferee: participant(pickUser(people, random)) }),
    clientContext: 'c',
  }),
  'call-keep-alive': () => ({}),
  'call-mute': () => ({ clientContext: 'abc' }),
  'call-unmute': () => ({ clientContext: 'abc' }),
  'call-play-prompt': () => ({
    clientContext: 'c',
    prompts: [
      { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { uri: 'https://bot.example/a.wav' }, loop: 1 },
    ],
  }),
  'call-add-large-gallery-view': () => ({ clientContext: 'c' }),
  'call-send-dtmf-tones': (_, random) => ({
    tones: pickOf(random, [['1', '#', '*'], ['tone0', 'Star', 'a'], ['9']]),
    delayBetweenTonesMs: pickOf(random, [0, 200, null]),
    clientContext: 'c',
  }),
  'call-update-recording-status': (_, random) => ({
    status: pickOf(random, ['notRecording', 'Recording', 'failed']),
    clientContext: 'c',
  }),
  'call-change-screen-sharing-role': (_, random) => ({ role: pickOf(random, ['viewer', 'Sharer']) }),
  'call-update-metadata': (_, random) => ({ metadata: pickOf(random, ['', 'mine', 'x'.repeat(4096)]) }),
  'call-log-teleconference-device-quality': ({ calls, participants }, random) => ({
    quality: {
      '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
      callChainId: pickOf(random, calls),
      participantId: pickOf(random, participants),
      mediaLegId: pickOf(random, calls),
      deviceName: 'Room',
      deviceDescription: 'Room on the first floor',
      mediaQualityList: ['Audio', 'Video', 'ScreenSharing'].map((media) => ({
        '@odata.type': `#microsoft.graph.teleconferenceDevice${media}Quality`,
        channelIndex: 1,
        mediaDuration: pickOf(random, ['PT20M', 'P1DT2H', null]),
        localIPAddress: pickOf(random, ['127.0.0.1', '::1']),
        localPort: 6300,
        inboundPackets: 5500,
        averageInboundPacketLossRateInPercentage: 0.01,
        averageInboundBitRate: 1024.5,
      })),
      cloudServiceName: null,
    },
  }),
  'call-record-response': (_, random) => ({
    clientContext: 'c',
    prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }].slice(random() < 0.5 ? 1 : 0),
    bargeInAllowed: random() < 0.2,
    initialSilenceTimeoutInSeconds: 10,
    maxSilenceTimeoutInSeconds: 2,
    maxRecordDurationInSeconds: 10,
    stopTones: ['#', '1', '*'],
    playBeep: true,
  }),
  batch: ({ calls, callbackUri }, random) => ({
    requests: Array.from({ length: pickOf(random, [1, 2, 5]) }, (_, index) => ({
      id: String(index),
      ...pickOf<object>(random, [
        { method: 'GET', url: `/communications/calls/${pickOf(random, calls)}?$select=state` },
        { method: 'delete', url: `app/calls/${pickOf(random, calls)}` },
        { method: 'GET', url: '/communications/callRecords' },
        {
          method: 'POST',
          url: '/communications/calls',
          headers: { 'Content-Type': 'application/json' },
          body: { callbackUri, requestedModalities: ['audio'], targets: [participant({ kind: 'user', id: 'ann' })] },
        },
      ]),
      ...(index > 0 && random() < 0.5 && { dependsOn: [String(index - 1)] }),
    })),
  }),
  'call-cancel-media-processing': () => ({ clientContext: 'c', all: true }),
  'call-subscribe-to-tone': () => ({ clientContext: 'c' }),
  'audio-routing-group-create': ({ participants }, random) => ({
    ...(random() < 0.7 && { id: pickOf(random, AUDIO_ROUTING_GROUPS) }),
    routingMode: pickOf(random, ['oneToOne', 'multicast', 'Multicast']),
    sources: [pickGuid(participants, random)],
    receivers: Array.from({ length: pickOf(random, [1, 1, 2]) }, () => pickGuid(participants, random)),
  }),
  'audio-routing-group-update': ({ participants }, random) => ({
    ...(random() < 0.5 && { routingMode: 'multicast' }),
    ...(random() < 0.3 && { sources: [pickGuid(participants, random)] }),
    receivers: [pickGuid(participants, random)],
  }),
  'participant-invite': ({ people, calls }, random) => {
    const first = random() < 0.7 ? pickUser(people, random) : varyIdentity(pickUser(people, random), random)
    return {
      clientContext: 'c',
      participants: [
        { ...participant(first), ...(random() < 0.4 && { replacesCallId: pickOf(random, calls) }) },
        ...(random() < 0.4 ? [participant(pickSecond(first, people, random))] : []),
      ],
    }
  },
  'participant-mute': () => ({ clientContext: 'c' }),
  'participant-mute-all': ({ participants }, random) => ({
    clientContext: 'c',
    ...(random() < 0.7 && { participants: [pickOf(random, participants), ''] }),
  }),
  'participant-mute-all-2018': ({ participants }, random) => ({ participants: [pickOf(random, participants)] }),
  'participant-start-hold-music': () => ({
    customPrompt: { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { uri: 'https://bot.example/a.wav' } },
    clientContext: 'c',
  }),
  'participant-stop-hold-music': () => ({ clientContext: 'c' }),
  'participant-configure-mixer': ({ participants }, random) => ({
    participantMixerLevels: [
      {
        participant: pickOf(random, participants),
        [pickOf(random, ['exclusive', 'exclusiveMode'])]: true,
        ducking: pickOf(random, [true, { rampActive: 50, rampInactive: 50, lowerLevel: 10, upperLevel: 50 }]),
        sourceLevels: [{ participant: pickOf(random, participants), level: 50, duckOthers: false }],
      },
    ],
  }),
  'online-meeting-create': () => ({
    subject: 'Talk',
    startDateTime: '2026-01-31T09:30:00Z',
    endDateTime: '2026-01-31T10:30:00.0000000-08:00',
  }),
  'online-meeting-create-or-get': ({ people }, random) => ({ externalId: pickOf(random, people), subject: 'Talk' }),
  'online-meeting-update': () => ({
    subject: 'Talk',
    startDateTime: '2026-01-31T09:30:00Z',
    endDateTime: '2026-01-31T10:30:00.0000000-08:00',
  }),
  'bot-put': ({ tenantId, callbackUri }, random) => ({
    displayName: 'Bot',
    tenantId,
    callingWebhook: callbackUri,
    dialect: 'app',
    ...(random() < 0.5 && { maxAttempts: pickOf(random, [0, 1, 5]), onDeadLetter: pickOf(random, ['pause', 'Skip']) }),
  }),
  'delivery-replay': ({ calls }, random) =>
    random() < 0.5 ? { callId: pickOf(random, calls) } : { since: '2026-01-31T09:30:00Z' },
  'inspector-callback-check': ({ callbackUri }) => ({ callingWebhook: callbackUri, dialect: 'App' }),
  'simulator-fault-put': (_, random) => ({
    ...(random() < 0.5 && { seed: 7 }),
    faults: [
      pickOf<object>(random, [
        { on: 'callback', effect: pickOf(random, ['timeout', 'duplicate', 'reorder', 'dropAcknowledgement']) },
        { on: 'callback', effect: 'status', status: 503, times: 2, skip: 1 },
        { on: 'callback', effect: 'delay', delayMs: 20, sequence: 1, probability: 0.5 },
        { on: 'api', effect: 'delay', delayMs: 1, request: 'answer' },
      ]),
    ],
  }),
  'simulator-call-place': ({ applications, people }, random) => ({
    to: {
      application: { id: pickOf(random, applications) },
      ...(random() < 0.2 && { applicationInstance: { id: pickOf(random, people) } }),
    },
    from: identityOf(
      random() < 0.3
        ? { kind: 'user', id: pickOf(random, applications).toUpperCase() }
        : varyIdentity(pickUser(people, random), random),
    ),
    ...(random() < 0.2 && { chatInfo: { threadId: '19:x@thread.v2' }, meetingInfo: JOIN_TOKEN }),
    ...(random() < 0.2 && {
      callRoutes: [
        { routingType: 'lookup', original: { phone: { id: '+1' } }, final: identityOf(pickUser(people, random)) },
      ],
    }),
    ...(random() < 0.2 && {
      incomingContext: { observedParticipantId: 'x', onBehalfOf: identityOf(pickUser(people, random)) },
      applicationMetadata: { botData: { inviteReasons: ['PolicyBasedRecording'] } },
    }),
  }),
  'simulator-call-join': ({ people }, random) => {
    const { kind, id } = random() < 0.5 ? pickUser(people, random) : varyIdentity(pickUser(people, random), random)
    return { identity: { [kind]: { id, displayName: 'Zoë' } }, ...(random() < 0.3 && { isInLobby: true }) }
  },
  'simulator-person-act': ({ calls, people }, random) => ({
    ...(random() < 0.5 && { callId: pickOf(random, calls) }),
    ...(random() < 0.2 && { userId: pickOf(random, people) }),
  }),
  'simulator-person-say': ({ calls }, random) =>
    random() < 0.5 ? AUDIO : { seconds: 1.5, ...(random() < 0.5 && { callId: pickOf(random, calls) }) },
  'simulator-person-press': ({ calls }, random) => ({
    tone: pickOf(random, ['tone1', 'Star', 'flash']),
    callId: pickOf(random, calls),
  }),
  'simulator-reaction-put': (_, random) => ({
    onCall: pickOf(random, ['answer', 'Wait', 'decline', 'busy']),
    ...(random() < 0.5 && { afterMs: 100 }),
  }),
}

const AUDIO = Buffer.from(renderWav([{ startMs: 0, durationMs: 10, samples: new Uint8Array(320) }], 10))

/** The body of the token endpoint, which reads a form. */
const FORM =
  'grant_type=client_credentials&client_id=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11&client_secret=any&scope=x%2F.default'

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'call-get': ['', '', '?$select=state,source', '?$select=*', '?select=x', '?$select='],
  'participant-list': ['', '', '?$select=info', '?$select=state'],
  'participant-get': ['', '', '?$select=isMuted', '?$select=state'],
  'call-list': ['', '?$select=state', '?$skiptoken=e30', '?$select=x', '?$top=1'],
  'call-record-list': [
    '',
    '?$filter=startDateTime ge 2023-01-31T09:30:00Z',
    '?$filter=startDateTime lt 2026-01-31T09:30:00Z and startDateTime gt 2023-01-31T09:30:00Z',
    '?$filter=startDateTime ge x',
    '?$filter=x',
    '?$skiptoken=e30',
    '?$orderby=x',
  ],
  'call-record-get': ['', '?$expand=sessions($expand=segments),participants_v2', '?$expand=sessions', '?$expand=x'],
  'simulator-person-say': ['', '?callId=x', '?userId=ann'],
  'inspector-call-list': ['', '?limit=1', '?before=8638204312102870:x', '?ids=x', '?limit=101', '?unknown=1'],
  'inspector-event-list': ['', '?after=1', '?after=-1'],
  'inspector-media-get': [
    '',
    '?callId=x&operationId=y&index=-1',
    '?callId=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11&operationId=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11&index=0',
  ],
  'delivery-list': ['', '?state=pending', '?since=2026-01-31T09:30:00Z', '?$skiptoken=e30', '?callId=x', '?unknown=1'],
  'online-meeting-list': [
    `?$filter=JoinWebUrl eq '${encodeURIComponent(MEETING)}'`,
    `?$filter=JoinWebUrl eq '${encodeURIComponent('https://teams.live.com/meet/123?p=abc')}'`,
    "?$filter=joinMeetingIdSettings/joinMeetingId eq '12 34'",
    "?$filter=VideoTeleconferenceId eq '123'",
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

/** Builds a request to an endpoint. Two of five have an invalid part, which is the body if the endpoint reads one. */
export function requestTo(endpoint: Endpoint, known: Known, random: Random): FuzzRequest {
  const name = baseNameOf(endpoint.name)
  const isMutated = random() < 0.4
  const hasBody = endpoint.body !== undefined || endpoint.bodyType !== undefined
  const isBodyMutated = isMutated && hasBody && random() < 0.85
  const path = buildPath(endpoint.route.text, known, random, isMutated && !isBodyMutated)
  const query = pickOf(
    random,
    QUERIES[name] ?? (random() < 0.9 ? [''] : ['?$expand=participants', '?x=%', `?y=${'z'.repeat(500)}`]),
  )
  const body = buildBody(endpoint, known, random, isBodyMutated)
  return {
    endpoint: endpoint.name,
    method: endpoint.method,
    path: `${path}${query}`,
    headers: buildHeaders(random),
    isMutated,
    ...(body && { body }),
  }
}

function buildPath(template: string, known: Known, random: Random, isMutated: boolean): string {
  const segments = template.split('/').map((segment) => fillSegment(segment, known, random))
  if (isMutated) segments[Math.floor(random() * segments.length)] = pickOf(random, ODD_TEXTS)
  const text = `/${segments.join('/')}`
  if (random() < 0.05) return text.toUpperCase()
  if (random() < 0.05) return `${text}/`
  return random() < 0.05 ? `/${segments.join('//')}` : text
}

/** Replaces a parameter of a route, such as `{callId}` or `{action:mute|unmute}`. */
function fillSegment(segment: string, known: Known, random: Random): string {
  const [, name, words] = /^\{(\w+)(?::(.+))?\}$/.exec(segment) ?? []
  if (!name) return segment
  if (words) return pickOf(random, words.split('|'))
  const pickParameter = PARAMETERS[name]
  if (pickParameter) return pickParameter(known, random)
  // `-` stands for the userId in the body.
  return random() < 0.9 ? pickOf(random, known.people) : '-'
}

/** Values of the parameters of routes; all others are ids of people. */
const PARAMETERS: Readonly<Record<string, (known: Known, random: Random) => string>> = {
  callId: ({ calls }, random) => spellId(pickOf(random, calls), random),
  callRecordId: ({ calls }, random) => spellId(pickOf(random, calls), random),
  operationId: ({ operations }, random) => pickOf(random, operations),
  participantId: ({ participants }, random) => pickOf(random, participants),
  contentSharingSessionId: ({ sessions }, random) => pickOf(random, sessions),
  audioRoutingGroupId: (_, random) => encodeURIComponent(pickOf(random, AUDIO_ROUTING_GROUPS)),
  meetingId: ({ people, tenantId }, random) => pickOf(random, [toMeetingId(pickOf(random, people), tenantId), '123']),
  applicationId: ({ applicationId, applications }, random) =>
    random() < 0.8 ? applicationId : pickOf(random, applications),
}

/** The id of a meeting of this organizer. */
const toMeetingId = (organizerId: string, tenantId: string): string =>
  Buffer.from(`1*${organizerId}*0*${tenantId}*19:meeting_MTIz@thread.v2`).toString('base64')

const spellId = (id: string, random: Random): string =>
  random() < 0.8 ? id : pickOf(random, [id.toUpperCase(), id.replaceAll('-', ''), id.replaceAll('-', '').toUpperCase()])

function buildHeaders(random: Random): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': pickOf(random, [
      'application/json',
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/octet-stream',
    ]),
  }
  if (random() < 0.9) headers['user-agent'] = 'fuzz'
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

function buildBody(endpoint: Endpoint, known: Known, random: Random, isMutated: boolean): Buffer | undefined {
  if (endpoint.bodyType === 'text') return Buffer.from(isMutated ? mutateText(FORM, random) : FORM)
  if (!endpoint.body && !endpoint.bodyType) {
    return endpoint.method !== 'GET' && random() < 0.1 ? Buffer.from('{"unread":') : undefined
  }
  const buildValid = BODIES[baseNameOf(endpoint.name)]
  if (!buildValid) throw new Error(`Add a valid body of ${endpoint.name} to BODIES in test/proof/fuzz/requests.ts.`)
  const valid = buildValid(known, random)
  if (!isMutated) return Buffer.isBuffer(valid) ? valid : Buffer.from(JSON.stringify(valid))
  return mutateBody(valid, random)
}

function mutateBody(valid: unknown, random: Random): Buffer {
  if (Buffer.isBuffer(valid)) return Buffer.from(mutateText(valid.toString('latin1'), random), 'latin1')
  if (random() < 0.15) return Buffer.from(mutateText(JSON.stringify(valid), random), 'latin1')
  let mutated = valid
  for (let times = 0; times < 1 + random() * 2; times++) mutated = mutateValue(mutated, random)
  return Buffer.from(JSON.stringify(mutated) ?? '')
}

/** Replaces, removes or adds something at a random place of a value. */
function mutateValue(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    return value.length > 0 && random() < 0.8 ? mutateArray(value, random) : pickOf(random, ODD_VALUES)
  }
  if (typeof value === 'object' && value !== null && random() < 0.85) return mutateObject(value, random)
  return pickOf(random, ODD_VALUES)
}

function mutateArray(values: readonly unknown[], random: Random): unknown[] {
  const index = Math.floor(random() * values.length)
  if (random() < 0.2) return Array(Math.floor(random() * 40)).fill(values[index])
  return values.with(index, mutateValue(values[index], random))
}

function mutateObject(object: object, random: Random): unknown {
  const entries: [string, unknown][] = Object.entries(object)
  const [key = 'x', value] = pickOf(random, entries.length > 0 ? entries : [['x', 1]])
  const chance = random()
  if (chance < 0.15) return Object.fromEntries(entries.filter(([other]) => other !== key))
  if (chance < 0.25) return { ...object, [key.toUpperCase()]: value }
  if (chance < 0.3) return addPrototypeKeys(object)
  if (chance < 0.35) return { ...object, [pickOf(random, ODD_KEYS)]: pickOf(random, ODD_VALUES) }
  return { ...object, [key]: mutateValue(value, random) }
}

const ODD_KEYS = ['$id', '$ref', '$values', '@odata.type', 'toString', '']

/** JSON.parse, unlike an object literal, makes `__proto__` a key of its own. */
function addPrototypeKeys(object: object): unknown {
  const properties = JSON.stringify(object).slice(1).replace(/^}/, '"x":1}')
  return JSON.parse(`{"__proto__":{"admin":true},"constructor":{"prototype":1},${properties}`)
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

function mutateText(text: string, random: Random): string {
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

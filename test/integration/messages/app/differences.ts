import { type Message, PAGE } from './page.js'

// Every deliberate difference between the messages on the page and those of this service. docs/messages.md has a row
// for each message, with the keys that differ. `sent` contains ids of the page; SUBSTITUTES replaces each by a pattern.

export interface Difference {
  readonly messages: readonly number[]
  /** A JSON pointer into the message (RFC 6901). At an index of an array, an item is replaced, inserted or removed. */
  readonly at: string
  /** The value on the page; absent if it has none. */
  readonly page?: unknown
  /** The value that this service sends; absent if it sends none. */
  readonly sent?: unknown
  readonly why: string
}

const DATA = '/body/value/0/resourceData'
const BOT_ID = '8a34a46b-3d17-4adc-8dce-dc4e7d572698'
const OPERATION_ID = '0FE0623FD62842EDB4BD8AC290072CC5'
const CALL = '/app/calls/57DAB8B1894C409AB240BD8BEAE78896'
const MEETING = '/app/calls/90ED37DCD8E34E119DE330A955DDA06F'
const [CALLER_ENTRY, BOT_ENTRY] = ['8A34A46B3D174ADC8DCEDC4E7D572698', '123456W77E24E4D85F80597083CB830']
const PARTICIPANT_INFO = '#microsoft.graph.participantInfo'
const ANY_ETAG = 'W/"{_:number}"'

const contentLength = (messages: readonly number[], page: string): Difference => ({
  messages,
  at: '/headers/Content-Length',
  page,
  why: 'the number on the page is not the length of its body; the host sends a length or chunks',
})

const etag = (messages: readonly number[], page: string, at = DATA): Difference => ({
  messages,
  at: `${at}/@odata.etag`,
  page: `W/"${page}"`,
  sent: ANY_ETAG,
  why: 'the numbers on the page are arbitrary; this service sends the version of the resource',
})

const ACCEPTED: Omit<Difference, 'messages'> = {
  at: '/statusCode',
  page: 200,
  sent: 202,
  why: 'the text of the page says 202',
}
const RUNNING: Omit<Difference, 'messages'> = {
  at: '/body/status',
  page: 'Running',
  sent: 'running',
  why: 'message 4 and the definition of operationStatus have lower case',
}
const NO_CONTEXT: Omit<Difference, 'messages'> = {
  at: '/body/clientContext',
  page: 'clientContext-value',
  why: 'the request has no clientContext',
}

/** What a notification about a completed invitation has in addition to the one on the page. */
const completed = (message: number, participant: object): readonly Difference[] => [
  {
    messages: [message],
    at: `${DATA}/id`,
    sent: OPERATION_ID,
    why: 'clients find the operation by the id of the reply',
  },
  {
    messages: [message],
    at: `${DATA}/participants`,
    sent: [{ '@odata.type': '#microsoft.graph.invitationParticipantInfo', ...participant }],
    why: 'part of an inviteParticipantsOperation',
  },
  {
    messages: [message],
    at: `${DATA}/resultInfo`,
    sent: {
      '@odata.type': '#microsoft.graph.resultInfo',
      code: 200,
      subcode: 0,
      message: 'The operation completed.',
    },
    why: 'bots read how the operation ended',
  },
]

const HEIDI = {
  user: {
    id: '550fae72-d251-43ec-868c-373732c2704f',
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    displayName: 'Heidi Steen',
  },
}
const HOME = { region: 'westus', languageId: 'en-US' }

const ONE_BOT = 'the bot in the roster is the bot that was called in message 7'
/** Message 7 and the rosters on the page have different bots; here they have the same one. */
const sameBot = (message: number): readonly Difference[] => [
  {
    messages: [message],
    at: `${DATA}/1/info/identity/application/displayName`,
    page: 'Test Bot',
    sent: 'Test BOT',
    why: ONE_BOT,
  },
  {
    messages: [message],
    at: `${DATA}/1/info/identity/application/id`,
    page: '1234A46B-3D17-4ADC-8DCE-DC4E7D556789',
    sent: BOT_ID,
    why: ONE_BOT,
  },
]

/** On the page, the roster of message 19 is that of the old call, with region and language in the identity. */
const movedEntry = (index: number, kind: string, entry: string): readonly Difference[] => [
  ...Object.entries(HOME).flatMap(([key, value]): Difference[] => {
    const why = 'message 6 has it in info, where participantInfo defines it'
    return [
      { messages: [19], at: `${DATA}/${index}/info/identity/${kind}/${key}`, page: value, why },
      { messages: [19], at: `${DATA}/${index}/info/${key}`, sent: value, why },
    ]
  }),
  {
    messages: [19],
    at: `${DATA}/${index}/@odata.id`,
    page: `${CALL}/participants/${entry}`,
    sent: `${MEETING}/participants/${entry}`,
    why: 'the participant is in the meeting',
  },
]

export const DIFFERENCES: readonly Difference[] = [
  // The request of message 1 is sent as on the page, except for its length.
  contentLength([1], '464'),

  {
    messages: [2],
    at: '/headers/Location',
    page: 'https://graph.microsoft.com/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations/0fe0623f-d628-42ed-b4bd-8ac290072cc5',
    sent: `https://graph.microsoft.com/beta${CALL}/operations/${OPERATION_ID}`,
    why: 'all ids are spelled as in messages 3, 13 and 17',
  },
  { messages: [2], at: '/headers/Content-Type', sent: 'application/json', why: 'there is a body' },
  {
    messages: [2],
    at: '/body',
    sent: {
      id: OPERATION_ID,
      status: 'running',
      createdDateTime: '{time:time}',
      lastActionDateTime: '{time:time}',
      clientContext: 'clientContext-value',
    },
    why: 'the operation, as in messages 4 and 17',
  },

  { messages: [4], ...ACCEPTED },
  {
    messages: [4],
    at: '/headers/Location',
    sent: `https://graph.microsoft.com/beta${CALL}/operations/${OPERATION_ID}`,
    why: 'the text of the page and message 17 have it',
  },
  contentLength([4], '259'),
  {
    messages: [4],
    at: '/body/id',
    page: '17e3b46c-f61d-4f4d-9635-c626ef18e6ad',
    sent: OPERATION_ID,
    why: 'clients find the operation of message 5 by it',
  },

  etag([5], '51'),
  {
    messages: [5],
    at: `${DATA}/@odata.type`,
    page: '#microsoft.graph.commsOperation',
    sent: '#microsoft.graph.inviteParticipantsOperation',
    why: 'message 18 has this type for the same operation',
  },
  ...completed(5, { endpointType: 'default', identity: HEIDI, ...HOME }),

  etag([6], '51', `${DATA}/0`),
  etag([6], '55', `${DATA}/1`),
  ...[0, 1].map(
    (index): Difference => ({
      messages: [6],
      at: `${DATA}/${index}/info/@odata.type`,
      sent: PARTICIPANT_INFO,
      why: 'message 19 has it, and each participantInfo of message 7',
    }),
  ),
  ...sameBot(6),
  {
    messages: [6],
    at: `${DATA}/1`,
    sent: {
      '@odata.type': '#microsoft.graph.participant',
      '@odata.id': `${CALL}/participants/{heidi:hex}`,
      '@odata.etag': ANY_ETAG,
      info: { '@odata.type': PARTICIPANT_INFO, identity: HEIDI, ...HOME },
      mediaStreams: [
        { mediaType: 'audio', label: 'main-audio', sourceId: '3', direction: 'sendReceive', serverMuted: false },
      ],
    },
    why: 'the participant who was invited is in the roster',
  },

  etag([7], '5445'),
  {
    messages: [7],
    at: `${DATA}/targets/0/identity/application/id`,
    page: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698',
    sent: BOT_ID,
    why: 'the token of the bot has this spelling, and bots compare the two; every message has it',
  },

  { messages: [9], ...NO_CONTEXT },
  { messages: [9], ...RUNNING },
  contentLength([9], '306'),

  etag([10, 11], '5445'),

  { messages: [13], at: '/headers/Content-Type', sent: 'application/json', why: 'there is a body' },
  {
    messages: [13],
    at: '/body',
    sent: {
      '@odata.type': '#microsoft.graph.call',
      '@odata.id': MEETING,
      '@odata.etag': ANY_ETAG,
      id: '90ED37DCD8E34E119DE330A955DDA06F',
      state: 'establishing',
      direction: 'outgoing',
      subject: 'Test Call',
      callbackUri: 'https://bot.contoso.com/api/calls',
      callChainId: '{chain:guid}',
      source: {
        '@odata.type': PARTICIPANT_INFO,
        identity: { application: { displayName: 'Test BOT', id: BOT_ID } },
      },
      targets: [],
      requestedModalities: [],
      activeModalities: [],
      chatInfo: {
        '@odata.type': '#microsoft.graph.chatInfo',
        threadId: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F',
        messageId: '1507228578052',
        replyChainMessageId: '1507228578052',
      },
      meetingInfo: {
        '@odata.type': '#microsoft.graph.organizerMeetingInfo',
        organizer: {
          user: { id: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F', tenantId: '49BFC225-8482-4AB8-94E7-76B48FDB9849' },
        },
      },
      tenantId: '{tenant:guid}',
      myParticipantId: BOT_ENTRY,
    },
    why: 'the page for creating a call shows the call, and clients read its id from there',
  },

  etag([14, 15], '5445'),

  { messages: [17], ...ACCEPTED },
  { messages: [17], ...NO_CONTEXT },
  {
    messages: [17],
    at: '/body/id',
    page: 'id-value',
    sent: OPERATION_ID,
    why: 'it is the id in Location',
  },
  { messages: [17], ...RUNNING },
  contentLength([17], '306'),

  etag([18], '51'),
  {
    messages: [18],
    at: `${DATA}/clientContext`,
    page: 'A904FBD5A31041E881E861877A3DE3CD',
    why: 'the request has no clientContext',
  },
  ...completed(18, {
    identity: { user: { id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' } },
    replacesCallId: '57DAB8B1894C409AB240BD8BEAE78896',
  }),

  {
    messages: [19],
    at: '/body/value/0/resource',
    page: `${CALL}/participants`,
    sent: `${MEETING}/participants`,
    why: 'the roster of the meeting changes; the old call ends',
  },
  etag([19], '51', `${DATA}/0`),
  etag([19], '55', `${DATA}/1`),
  ...movedEntry(0, 'user', CALLER_ENTRY),
  ...movedEntry(1, 'application', BOT_ENTRY),
  ...sameBot(19),
  {
    messages: [19],
    at: `${DATA}/0/mediaStreams/0/serverMuted`,
    sent: false,
    why: 'message 6 has it, and clients expect a Boolean',
  },
  {
    messages: [19],
    at: `${DATA}/1/mediaStreams/0`,
    page: { mediaType: 'audio', label: 'main-audio', sourceId: '2', direction: 'sendReceive' },
    why: 'the bot joined without media in message 12',
  },

  etag([20, 21], '5445'),
]

/** A notification that the page does not show. */
export const ROSTER_ON_JOINING = {
  after: 15,
  headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
  body: {
    value: [
      {
        changeType: 'updated',
        resource: `${MEETING}/participants`,
        resourceData: [
          {
            '@odata.type': '#microsoft.graph.participant',
            '@odata.id': `${MEETING}/participants/${BOT_ENTRY}`,
            '@odata.etag': ANY_ETAG,
            info: {
              '@odata.type': PARTICIPANT_INFO,
              identity: { application: { displayName: 'Test BOT', id: BOT_ID } },
              ...HOME,
            },
            mediaStreams: [],
          },
        ],
      },
    ],
  },
}

/**
 * The texts on the page that this service cannot repeat, such as generated ids and times, with the pattern for each.
 * match.ts explains the patterns. The same name stands for the same text in all messages of a scene.
 */
const SUBSTITUTES: readonly (readonly [page: string, pattern: string])[] = [
  ['57DAB8B1894C409AB240BD8BEAE78896', '{call:hex}'],
  ['{id}', '{call:hex}'],
  ['90ED37DCD8E34E119DE330A955DDA06F', '{meeting:hex}'],
  ['replacesCallId-value', '{replaced:hex}'],
  [OPERATION_ID, '{operation:hex}'],
  ['id-value', '{answer:hex}'],
  [CALLER_ENTRY, '{caller:hex}'],
  [BOT_ENTRY, '{bot:hex}'],
  ['2018-09-06T15:58:41Z', '{time:time}'],
  ['2018-03-19T09:46:02Z', '{time:time}'],
  ['<TOKEN>', '{_:text}'],
]

/** Returns the message that this service sends for one on the page, with patterns for generated values. */
export function toExpected(number: number): Message {
  const own = DIFFERENCES.filter(({ messages }) => messages.includes(number))
  const message = own.reduce<unknown>((value, difference) => applyDifference(value, difference), PAGE[number])
  return substitute(message as Message, number)
}

export function substitute<T>(message: T, number: number): T {
  const text = SUBSTITUTES.reduce(
    (written, [page, pattern]) => written.replaceAll(page, pattern),
    JSON.stringify(message),
  )
  // Each message has its own time.
  return JSON.parse(text.replaceAll('{time:', `{time${number}:`))
}

/** @throws Error when the page does not have the value `page` of the difference */
function applyDifference(message: unknown, { at, ...difference }: Difference): unknown {
  const [key = '', ...rest] = at.slice(1).split('/')
  return applyAt(message, [key, ...rest], difference)
}

type Change = Omit<Difference, 'messages' | 'at'>

function applyAt(value: unknown, [key = '', ...rest]: readonly string[], change: Change): unknown {
  if (Array.isArray(value)) {
    const index = Number(key)
    if (rest.length > 0) return value.with(index, applyAt(value[index], rest, change))
    if ('page' in change) assertSame(value[index], change.page)
    return value.toSpliced(index, 'page' in change ? 1 : 0, ...('sent' in change ? [change.sent] : []))
  }
  const { [key]: found, ...others } = value as Record<string, unknown>
  if (rest.length > 0) return { ...others, [key]: applyAt(found, rest, change) }
  assertSame(found, change.page)
  return 'sent' in change ? { ...others, [key]: change.sent } : others
}

function assertSame(found: unknown, page: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(page)) return
  throw new Error(`the page has ${JSON.stringify(found)}, not ${JSON.stringify(page)}`)
}

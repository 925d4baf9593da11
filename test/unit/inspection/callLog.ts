import type { Entry, InspectedEvent } from '../../../shared/inspection/entries.js'
import type { CallView } from '../../../shared/inspection/views.js'

// The log of a call, as the tests of the diagram need it.

export const CALL_ID = '623281ac-fac0-4d4f-adae-893dab64bdb0'
export const BOT_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'
export const CALL_PATH = `/v1.0/communications/calls/${CALL_ID}`

type People = CallView['people']

export const person = (id: string, displayName?: string): People[number] => ({
  identity: { kind: 'user', id, ...(displayName !== undefined && { displayName }) },
  participantId: `participant of ${id}`,
  state: 'inCall',
  isMuted: false,
  isSharing: false,
  isOnHold: false,
  modalities: ['audio'],
})

export const callWith = (people: People, changes: Partial<CallView> = {}): CallView => ({
  id: CALL_ID,
  applicationId: BOT_ID,
  botName: 'My bot',
  dialect: 'communications',
  direction: 'incoming',
  state: 'established',
  isGroup: false,
  createdAt: 0,
  people,
  notifications: { total: 0, pending: 0, deadLettered: 0 },
  callbackUri: 'http://localhost:3978/api/calls',
  isBotMuted: false,
  operations: [],
  timers: [],
  related: [],
  entries: [],
  ...changes,
})

const noMessage = { headers: {} }

/** Numbers events in the order in which they are given, each with its time. */
export const logOf = (...events: readonly (readonly [at: number, event: InspectedEvent])[]): Entry[] =>
  events.map(([at, event], index) => ({ ...event, number: index + 1, at, callId: CALL_ID }))

export const request = (name: string, path: string, method = 'POST'): InspectedEvent => ({
  type: 'request',
  name,
  method,
  path,
  message: noMessage,
})

export const reply = (number: number, status: number, code?: string): InspectedEvent => ({
  type: 'reply',
  request: number,
  status,
  ...(code !== undefined && { code }),
  durationMs: 5,
  message: noMessage,
})

type CommitDetails = Partial<Omit<Extract<InspectedEvent, { type: 'commit' }>, 'type' | 'command'>>

export const commit = (command: string, details: CommitDetails = {}): InspectedEvent => ({
  type: 'commit',
  command,
  from: 'established',
  to: 'established',
  ...details,
})

type AttemptDetails = Partial<Omit<Extract<InspectedEvent, { type: 'attempt' }>, 'type' | 'sequence'>>

export const attempt = (sequence: number, details: AttemptDetails = {}): InspectedEvent => ({
  type: 'attempt',
  sequence,
  summary: 'updated call established',
  url: 'http://localhost:3978/api/calls',
  durationMs: 10,
  ...(details.error === undefined && { status: 202 }),
  ...details,
})

export const deadLetter = (sequence: number, isRest = false): InspectedEvent => ({
  type: 'deadLetter',
  sequence,
  reason: 'attempts',
  ...(isRest && { isRest }),
})

/**
 * Heidi calls the bot, which answers and invites Amar. A notification needs three attempts, the first of which gets a
 * fault. Much later the call ends, and its last notification is dead-lettered.
 */
export const wholeCall: Entry[] = logOf(
  [0, request('simulator-call-place', '/simulator/calls')],
  [3, commit('incoming', { to: 'incoming', notifications: [1, 1], personId: 'heidi' })],
  [6, reply(1, 201)],
  [40, request('call-answer', `${CALL_PATH}/answer`)],
  [52, commit('answer', { from: 'incoming', notifications: [2, 3] })],
  [55, reply(4, 202)],
  // The bot answers before it acknowledges the notification.
  [20, attempt(1, { summary: 'created call incoming', durationMs: 40 })],
  [70, attempt(2, { summary: 'updated call establishing', durationMs: 8 })],
  [80, attempt(3, { status: 503, fault: 'status', nextAttemptAt: 2_090 })],
  [900, request('participant-invite', `${CALL_PATH}/participants/invite`)],
  [910, commit('invite', { rings: ['amar'], notifications: [4, 4] })],
  [915, reply(10, 200)],
  [1_110, commit('personAnswers', { personId: 'amar', notifications: [5, 6] })],
  [2_090, attempt(3, { status: 503, nextAttemptAt: 6_100 })],
  [6_100, attempt(3)],
  [6_130, attempt(4, { summary: 'deleted operations completed' })],
  [6_160, attempt(5, { summary: 'updated participants 3' })],
  [6_190, attempt(6)],
  [2_706_190, request('simulator-person-act', '/simulator/people/heidi/leave')],
  [2_706_193, commit('personLeaves', { personId: 'heidi', to: 'terminated', notifications: [7, 7] })],
  [2_706_196, reply(19, 200)],
  [2_706_210, attempt(7, { summary: 'deleted call terminated', error: 'ECONNREFUSED' })],
  [2_706_220, deadLetter(7)],
)

export const people = [person('heidi', 'Heidi Steen'), person('amar', 'Amar')]

import { count } from '../../shared/inspection/labels.js'
import {
  type Expectation,
  type NotificationExpectation,
  type RequestExpectation,
  type Step,
  toNotification,
  toRequest,
} from './schema.js'

// What steps and expectations are, in words.

const WORDS = {
  answer: 'answers',
  decline: 'declines',
  busy: 'is busy',
  mute: 'mutes',
  unmute: 'unmutes',
  admit: 'is admitted',
  refuse: 'is refused',
  leave: 'leaves',
} as const
/** A verb of a person without details. */
export type PlainVerb = keyof typeof WORDS
const PLAIN_VERBS = Object.keys(WORDS) as readonly PlainVerb[]

/** Describes a step, such as `heidi presses tone1`. */
export function describeStep(step: Step): string {
  const { call, join, press, say, expect } = step
  if (expect) return `expect ${describeExpectation(expect)}`
  if (call) return `${call.from} calls ${call.to ?? 'the bot'}`
  if (join) return `${join.person} joins ${join.lobby ? 'the lobby' : 'the call'}`
  if (press) return `${press.person} presses ${press.tone}`
  if (say) return `${say.person} speaks for ${say.seconds} s`
  const verb = PLAIN_VERBS.find((name) => step[name] !== undefined)
  return verb === undefined ? '' : `${step[verb]?.person} ${WORDS[verb]}`
}

/** Describes what an expectation waits for, such as `request participants/invite`. */
export function describeExpectation(expectation: Expectation): string {
  const { state, participants, lobby, request, notification, endReason } = expectation
  if (request !== undefined) return describeRequestExpectation(request)
  if (notification !== undefined) return describeNotificationExpectation(notification)
  if (state !== undefined) return `state ${state}`
  if (participants) return `participants ${participants.join(', ') || 'none'}`
  if (lobby) return `lobby ${lobby.join(', ') || 'empty'}`
  return endReason === undefined ? 'no refused requests' : `end reason ${endReason}`
}

function describeRequestExpectation(request: RequestExpectation | string): string {
  const { action, body, status } = toRequest(request)
  const details = [body && `with ${JSON.stringify(body)}`, status !== undefined && `answered with ${status}`]
  return ['request', action, ...details].filter(Boolean).join(' ')
}

function describeNotificationExpectation(notification: NotificationExpectation | string): string {
  const { what, sequence, delivery = 'delivered', attempts } = toNotification(notification)
  const state = delivery === 'deadLettered' ? 'dead-lettered' : delivery
  const tried = attempts === undefined ? '' : ` after ${count(attempts, 'attempt')}`
  const number = sequence === undefined ? undefined : `#${sequence}`
  return `${['notification', number, what].filter(Boolean).join(' ')}, ${state}${tried}`
}

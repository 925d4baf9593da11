import type { Identity } from '../shared/calls/resources.js'
import type { DiagramRow, Lane, RowAttempt } from '../shared/inspection/diagram.js'
import type { CallSummary, PersonOfCall, PhoneCall } from '../shared/inspection/views.js'
import { formatDuration, formatOffset, shortenId } from './format.js'

// The texts for calls, people and rows. A state is a glyph, a word and a color, so it can be told without its color.

export type Tone = 'ok' | 'retry' | 'dead' | 'ringing' | 'muted'

export interface Mark {
  readonly glyph: string
  readonly word: string
  readonly tone: Tone
}

/** More names than this make a title too long. */
const MAX_NAMES = 2

const STATE_MARKS: Readonly<Record<CallSummary['state'], Mark>> = {
  incoming: { glyph: '◔', word: 'incoming', tone: 'ringing' },
  establishing: { glyph: '◑', word: 'establishing', tone: 'ringing' },
  established: { glyph: '●', word: 'established', tone: 'ok' },
  redirecting: { glyph: '↷', word: 'redirecting', tone: 'ringing' },
  transferring: { glyph: '⇄', word: 'transferring', tone: 'ringing' },
  transferAccepted: { glyph: '⇄', word: 'transfer accepted', tone: 'ok' },
  terminating: { glyph: '◌', word: 'terminating', tone: 'muted' },
  terminated: { glyph: '○', word: 'ended', tone: 'muted' },
}

/** The states of people, in a call and on their phone. */
export const PERSON_MARKS: Readonly<Record<PersonOfCall['state'] | PhoneCall['state'], Mark>> = {
  calling: { glyph: '◔', word: 'calling', tone: 'ringing' },
  ringing: { glyph: '◔', word: 'ringing', tone: 'ringing' },
  inLobby: { glyph: '◌', word: 'in the lobby', tone: 'retry' },
  inCall: { glyph: '●', word: 'in the call', tone: 'ok' },
  onHold: { glyph: '‖', word: 'on hold', tone: 'retry' },
  left: { glyph: '○', word: 'left', tone: 'muted' },
}

export const describeState = (call: Pick<CallSummary, 'state'>): Mark => STATE_MARKS[call.state]

/** What is wrong with the notifications of a call, if something is. */
export function describeDeliveries({ notifications }: Pick<CallSummary, 'notifications'>): Mark | undefined {
  const { deadLettered, pending } = notifications
  if (deadLettered > 0) return { glyph: '✕', word: `${deadLettered} dead-lettered`, tone: 'dead' }
  if (pending > 0) return { glyph: '↻', word: `${pending} pending`, tone: 'retry' }
  return undefined
}

export const nameOf = ({ displayName, id }: Pick<Identity, 'displayName' | 'id'>): string =>
  displayName || shortenId(id)

export const nameOfBot = (bot: Pick<CallSummary, 'applicationId' | 'botName'>): string =>
  bot.botName ?? shortenId(bot.applicationId)

/** What is unusual about the media of a person in a call, in words. */
export function listMedia({ isOnHold, isMuted, isSharing }: PersonOfCall): readonly string[] {
  return [isOnHold && 'on hold', isMuted && 'muted', isSharing && 'sharing'].filter((word) => word !== false)
}

/** Who called whom: `Megan Bowen → My bot`. A call that has ended has no people any more. */
export function describeParties(call: CallSummary): string {
  const isIncoming = call.direction === 'incoming'
  if (call.people.length === 0) return `Call ${isIncoming ? 'to' : 'from'} ${nameOfBot(call)}`
  const names = call.people.slice(0, MAX_NAMES).map(({ identity }) => nameOf(identity))
  const more = call.people.length - names.length
  const people = `${names.join(', ')}${more > 0 ? ` +${more}` : ''}`
  const parties = [people, nameOfBot(call)]
  return (isIncoming ? parties : parties.reverse()).join(' → ')
}

/** A call of the list in a sentence, for those who hear it. */
export function describeCall(call: CallSummary, time: string): string {
  const marks = [describeState(call), describeDeliveries(call)].flatMap((mark) => mark?.word ?? [])
  return `${describeParties(call).replace(' → ', ' calls ')}, ${marks.join(', ')}, ${time}`
}

/** True when a delivery of the call has failed for good. */
export const hasFailed = (call: Pick<CallSummary, 'notifications'>): boolean => call.notifications.deadLettered > 0

const OUTCOME_MARKS: Readonly<Record<DiagramRow['outcome'], { readonly glyph: string; readonly tone: Tone }>> = {
  ok: { glyph: '✓', tone: 'ok' },
  waiting: { glyph: '↻', tone: 'retry' },
  failed: { glyph: '✕', tone: 'dead' },
  none: { glyph: '', tone: 'muted' },
}

export const describeOutcome = ({ outcome, result }: Pick<DiagramRow, 'outcome' | 'result'>): Mark => ({
  ...OUTCOME_MARKS[outcome],
  word: result,
})

export interface RepeatedAttempts {
  readonly all: readonly RowAttempt[]
  /** From the start of the first to the end of the last. */
  readonly durationMs: number
}

/** The attempts at a notification that was tried more than once, without those that the page sent again. */
export function findRepeatedAttempts({ attempts = [] }: Pick<DiagramRow, 'attempts'>): RepeatedAttempts | undefined {
  const all = attempts.filter(({ isResend }) => !isResend)
  const first = all[0]
  const last = all.at(-1)
  if (!first || !last || first === last) return undefined
  return { all, durationMs: last.at + last.durationMs - first.at }
}

/** A row of the diagram in a sentence, for those who hear it. */
export function describeRow(row: DiagramRow, lanes: readonly Lane[], startedAt: number): string {
  const [from, to] = [row.from, row.to].map((id) => lanes.find((lane) => lane.id === id)?.title ?? id)
  const path = from === to ? `${from}:` : `${from} to ${to}:`
  const attempts = findRepeatedAttempts(row)
  const details = [
    row.result,
    attempts && `${attempts.all.length} attempts in ${formatDuration(attempts.durationMs)}`,
    row.isFault && 'injected fault',
  ].filter((text) => text)
  return `${formatOffset(row.at - startedAt)} seconds, ${path} ${[row.label, ...details].join(', ')}`
}

export const DIALECT_TITLES: Readonly<Record<CallSummary['dialect'], string>> = {
  app: '2019 API',
  communications: 'Current API',
}

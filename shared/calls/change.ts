import type { Announcement, Call, Decision, Ending, Operation, RuleContext } from './call.js'
import { completed, endings } from './endings.js'
import type { Modality, Participant, ParticipantInfo } from './resources.js'

/** A changed call: the same with `patch` over it, one version on. */
export function changed(call: Call, patch: Partial<Call>): Call {
  return { ...call, ...patch, version: call.version + 1 }
}

/** Two spellings of one person's id are one person. */
export function samePerson(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Puts somebody at the end of the roster. People have one audio stream; a bot that asked for no media has none. */
export function withParticipant(
  call: Call,
  id: string,
  info: ParticipantInfo,
  media: boolean,
  { describe }: Pick<RuleContext, 'describe'>,
): Call {
  const sourceId = call.lastSourceId + 1
  const stream = {
    mediaType: 'audio',
    label: 'main-audio',
    sourceId: String(sourceId),
    direction: 'sendReceive',
    serverMuted: false,
  } as const
  const participant: Participant = {
    id,
    info: describe(info),
    isMuted: false,
    mediaStreams: media ? [stream] : [],
    version: 1,
  }
  return { ...call, participants: [...call.participants, participant], lastSourceId: sourceId }
}

/** The bot's own entry of the roster. */
export function withBot(call: Call, activeModalities: readonly Modality[], context: RuleContext): Call {
  const info = call.direction === 'incoming' ? call.targets[0] : call.source
  return info ? withParticipant(call, call.myParticipantId, info, activeModalities.length > 0, context) : call
}

/** Takes somebody off the roster, with every timer that was about them. */
export function withoutParticipant(call: Call, participantId: string): Call {
  return {
    ...call,
    participants: call.participants.filter(({ id }) => id !== participantId),
    timers: call.timers.filter((timer) => timer.participantId !== participantId),
  }
}

/** Takes somebody off the ringing ones, with every timer that was about them. */
export function withoutRinging(call: Call, participantId: string): Call {
  return {
    ...call,
    ringing: call.ringing.filter((ringing) => ringing.participantId !== participantId),
    timers: call.timers.filter((timer) => timer.participantId !== participantId),
  }
}

/** Lets people ring: each gets the id of the participant they may become, and a timer that gives up on them. */
export function withRinging(
  call: Call,
  people: readonly ParticipantInfo[],
  context: { now: number; newId: () => string },
  operationId?: string,
): Call {
  const ringing = people.map((info) => ({ participantId: context.newId(), info, operationId }))
  const timers = ringing.map(({ participantId }) => ({
    id: `ringOut:${participantId}`,
    at: context.now + call.ringForMs,
    command: { type: 'ringOut', participantId } as const,
    participantId,
  }))
  return { ...call, ringing: [...call.ringing, ...ringing], timers: [...call.timers, ...timers] }
}

/** An operation as a command begins it. */
export function newOperation(
  type: Operation['type'],
  { clientContext }: { readonly clientContext?: string },
  { now, newId }: RuleContext,
  rest: Partial<Operation> = {},
): Operation {
  return {
    id: newId(),
    type,
    status: 'running',
    clientContext,
    participants: [],
    joined: 0,
    createdAt: now,
    lastActionAt: now,
    version: 1,
    ...rest,
  }
}

/** An operation that is over when it is answered, and so never announced. */
export const doneAtOnce = (type: Operation['type'], command: { clientContext?: string }, context: RuleContext) =>
  newOperation(type, command, context, { status: 'completed', resultInfo: completed })

/** The operation as it is once it is over. */
export function ended(
  operation: Operation,
  now: number,
  status: 'completed' | 'failed',
  resultInfo: Operation['resultInfo'],
): Operation {
  return { ...operation, status, resultInfo, lastActionAt: now, version: operation.version + 1 }
}

export const endedOf = (call: Call, operations: readonly Operation[]): Announcement[] =>
  operations.map((operation) => ({ type: 'operationEnded', call, operation }))

/**
 * Ends the call for good: nobody rings, no timer runs, and an operation that was still running fails before the end is
 * announced, so that nobody waits for it.
 */
export function terminate(call: Call, ending: Ending, now: number, before: readonly Announcement[] = []): Decision {
  return close(call, { state: 'terminated', ending, timers: [] }, now, before)
}

/** Closes the call into `terminating` or `terminated`. */
export function close(
  call: Call,
  patch: Pick<Call, 'state' | 'timers'> & { ending: Ending },
  now: number,
  before: readonly Announcement[] = [],
): Decision {
  const operations = call.operations.map((operation) => ended(operation, now, 'failed', endings[patch.ending]))
  const next = changed(call, { ...patch, ringing: [], operations: [] })
  const failures = endedOf(
    next,
    operations.filter(({ type }) => type !== 'answer'),
  )
  return { call: next, operations, announcements: [...before, ...failures, { type: next.state, call: next }] }
}

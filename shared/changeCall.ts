import type { Call, Decision, Operation, RuleContext, Timer } from './calls/call.js'
import type { Command } from './calls/commands.js'
import { decide } from './calls/decide.js'
import { CallError, callNotFound } from './calls/errors.js'
import { type Dialect, type DialectName, dialects } from './graph/dialects/dialect.js'
import type { Service } from './service.js'
import { describe, personActions, reaction } from './simulator/people.js'
import type { IndexRow } from './storage/callIndex.js'
import type {
  CallRecord,
  ClientRequest,
  Commit,
  NotificationRecord,
  ReadCall,
  RequestReceipt,
} from './storage/callStore.js'
import { MAX_HINT_DELAY_MS } from './storage/queues.js'
import { checkGrowth, StorageUnavailable } from './storage/tables.js'
import { traceparent } from './telemetry.js'

/** How many requests a call remembers: clients repeat themselves within seconds. */
const MAX_REQUESTS = 20
/** No client repeats itself sooner: our Retry-After is a second, and what libraries wait by themselves is longer. */
const MIN_REPEAT_MS = 1_000
/** How long before a slow request its repetition may seem to have been, for the clocks of two hosts differ. */
const OVERTAKEN_MS = 120_000
/** How often a command is decided again because somebody else was faster. */
const MAX_TRIES = 12
const MAX_JITTER_MS = 50

export interface Changed extends Decision {
  readonly dialect: Dialect
}

/** The commands that let a call grow. All others must always find room. */
const GROWING = new Set<Command['type']>(['incoming', 'create', 'answer', 'invite', 'personJoins', 'playPrompt'])

/** What to do: a decision to commit, or what was done before. */
interface Step extends Decision {
  readonly grows?: boolean
  readonly isDone?: boolean
}
type Attempt = (record: CallRecord | undefined, context: RuleContext) => Promise<Step | undefined>

/**
 * The one way in which a call changes: read, decide, watch, commit, wake. When it returns, the change and everything that
 * has to be announced about it are stored together. A request that comes again changes nothing, and gets what it has led to.
 *
 * @param command or what finds it out, once it is clear that the request has not been carried out
 * @param authorize is shown the call that the command meets, and throws when the caller may not
 * @throws CallError when the rules refuse, TooLarge when the call would grow too far; then nothing has changed
 * @throws StorageUnavailable when it could not be done, or could not be found out whether it was
 */
export async function changeCall(
  service: Service,
  callId: string,
  command: Command | (() => Promise<Command>),
  authorize: (call: Call) => void,
  request?: ClientRequest,
): Promise<Changed> {
  const isSame = sameRequest(service, request)
  const attempt: Attempt = async (record, context) => {
    if (!record) throw callNotFound()
    authorize(record.call)
    const receipt = record.requests?.findLast(isSame)
    if (receipt) return { ...(await resultOf(service, record.call, receipt)), isDone: true }
    const known = typeof command === 'function' ? await command() : command
    return { ...decide(record.call, known, context), grows: GROWING.has(known.type) }
  }
  return present(await commitChange(service, callId, attempt, { request }))
}

/** The `authorize` of what no application asks for: people, and calls among themselves. */
export const anybodysCall = () => undefined

/**
 * Whether something was done for this very request: by the one that it repeats, or, when this one has been slow, by its own
 * repetition, which has overtaken it. Without that, a client may give many requests the same id.
 */
function sameRequest(
  { clock }: Service,
  request: ClientRequest | undefined,
): (before: { readonly request: ClientRequest; readonly at: number }) => boolean {
  const began = clock.now()
  const mayBeOvertaken = ({ at }: { at: number }) => clock.now() - began >= MIN_REPEAT_MS && at >= began - OVERTAKEN_MS
  return (before) =>
    before.request.id === request?.id && (request.isRepeat || (before.request.isRepeat && mayBeOvertaken(before)))
}

async function resultOf(service: Service, call: Call, { operationId }: RequestReceipt): Promise<Decision> {
  const operation = operationId && (await service.calls.readOperation(call.id, operationId))
  return { call, operations: operation ? [operation] : [], announcements: [] }
}

/** The operation that a command has started. */
export function started({ operations: [operation] }: Changed): Operation {
  if (!operation) throw new Error('this command starts an operation')
  return operation
}

/** Makes a call out of nothing. A request that comes again gets the call that it has made. */
export async function createCall(
  service: Service,
  command: Extract<Command, { type: 'incoming' | 'create' }>,
  dialect: DialectName,
  request?: ClientRequest,
): Promise<Changed> {
  const { id, at, indexed } = await calledFor(service, command, request)
  indexed.push(await service.callIndex.addApplication(command.applicationId, id, at))
  const attempt: Attempt = async (record, context) => {
    if (record && request) return { call: record.call, operations: [], announcements: [], isDone: true }
    return { ...decide(record?.call, { ...command, id }, context), grows: true }
  }
  return present(await commitChange(service, id, attempt, { dialect, request, indexed }))
}

/** The request and its repetitions make a call of one id and one time, so that the storage lets only one of them through. */
async function calledFor(
  service: Service,
  { id, applicationId }: { id: string; applicationId: string },
  request: ClientRequest | undefined,
): Promise<{ id: string; at: number; indexed: IndexRow[] }> {
  const at = service.clock.now()
  if (!request) return { id, at, indexed: [] }
  const isSame = sameRequest(service, request)
  const { made, row } = await service.callIndex.callOfRequest(applicationId, { callId: id, request, at }, isSame)
  return { id: made.callId, at: made.at, indexed: [row] }
}

function present(changed: Changed | undefined): Changed {
  if (!changed) throw new Error('a decision is always committed')
  return changed
}

/**
 * Lets a timer of a call do what it is for. A timer that is not there any more, or not yet due, does nothing; one whose
 * command the rules now refuse is taken off.
 */
export async function fireTimer(service: Service, callId: string, timerId: string, command: Command): Promise<void> {
  await commitChange(service, callId, async (record, context) => {
    const call = record?.call
    const timer = call?.timers.find(({ id }) => id === timerId)
    if (!call || !timer || timer.at > context.now) return undefined
    const without = { ...call, timers: call.timers.filter((one) => one !== timer) }
    try {
      return decide(without, command, context)
    } catch (error) {
      if (error instanceof CallError) return { call: without, operations: [], announcements: [] }
      throw error
    }
  })
}

async function commitChange(
  service: Service,
  callId: string,
  attempt: Attempt,
  asked: { dialect?: DialectName; request?: ClientRequest | undefined; indexed?: readonly IndexRow[] } = {},
): Promise<Changed | undefined> {
  const doubtful: { commit: Commit; finish: () => Promise<Changed> }[] = []
  for (let tries = 0; ; tries++) {
    if (tries > 0) await service.clock.sleep(service.random() * MAX_JITTER_MS * tries)
    const read = await service.calls.read(callId)
    for (const { commit, finish } of doubtful) {
      if (await service.calls.landed(commit)) return finish()
    }
    if (tries === MAX_TRIES) throw new StorageUnavailable(`call ${callId} could not be changed`)
    const now = service.clock.now()
    const dialect = read.record?.dialect ?? asked.dialect ?? 'communications'
    const step = await attempt(read.record, ruleContext(service, dialect, now))
    if (!step) return undefined
    if (step.isDone) return { ...step, dialect: dialects[dialect] }

    const change = withReactions(service, read.record?.call, step, now)
    const decided = toCommit(service, read, change, { dialect, request: asked.request, now })
    if (step.grows) checkGrowth(decided.record)
    const people = await indexPeople(service, read.record?.call, change.call)
    const commit: Commit = { ...decided, indexed: [...(asked.indexed ?? []), ...people] }
    if (!read.record?.near) await service.watch.add(callId, now + service.settings.WATCH_AFTER_MS)
    const outcome = await service.calls.commit(read, commit)
    const finish = async (): Promise<Changed> => {
      await wake(service, read.record?.call, change.call, commit.notifications.length > 0, now)
      return { ...change, dialect: dialects[dialect] }
    }
    if (outcome === 'committed') return finish()
    if (outcome === 'unknown') doubtful.push({ commit, finish })
  }
}

const ruleContext = ({ settings, newId }: Service, dialect: DialectName, now: number): RuleContext => ({
  now,
  newId,
  answerWithinMs: settings.ANSWER_WITHIN_MS,
  ringForMs: settings.RING_FOR_MS,
  promptPlaysForMs: settings.PROMPT_PLAYS_FOR_MS,
  keepAliveWithinMs: settings.KEEP_ALIVE_WITHIN_MS,
  growsPeerToPeer: dialects[dialect].growsPeerToPeer,
  describe,
})

/** Whoever begins to ring may react by themselves: that becomes a timer of the call, in the same commit. */
function withReactions(service: Service, before: Call | undefined, decision: Decision, now: number): Decision {
  if (!service.settings.SIMULATOR) return decision
  const fresh = decision.call.ringing.filter((one) => !one.replaces && !before?.ringing.includes(one))
  const timers: Timer[] = []
  for (const { participantId, info } of fresh) {
    const does = reaction(service.behaviour, now)
    if (!does) continue
    const command = { type: personActions[does.action], personId: info.identity.id }
    timers.push({ id: `reaction:${participantId}`, at: does.at, command, participantId })
  }
  if (timers.length === 0) return decision
  const call = { ...decision.call, timers: [...decision.call.timers, ...timers] }
  return { ...decision, call }
}

function toCommit(
  service: Service,
  read: ReadCall,
  { call, operations, announcements }: Decision,
  { dialect, request, now }: { dialect: DialectName; request: ClientRequest | undefined; now: number },
): Omit<Commit, 'indexed'> {
  // Of this try alone: another try decides anew, and its ids are not the ones that are answered.
  const id = service.newId()
  let sequence = read.record?.sequence ?? 0
  const notifications: NotificationRecord[] = []
  for (const announcement of announcements) {
    for (const body of dialects[dialect].notifications(announcement)) {
      sequence += 1
      notifications.push({
        id: service.newId(),
        sequence,
        callbackUri: call.callbackUri,
        applicationId: call.applicationId,
        tenantId: call.tenantId,
        scenarioId: call.callChainId,
        redirectable: announcement.type === 'incoming',
        body: JSON.stringify(body),
        createdAt: now,
        commitId: id,
        traceparent: traceparent(),
      })
    }
  }
  const before = read.record?.requests ?? []
  const receipt = request && { request, at: now, operationId: operations[0]?.id }
  const requests = receipt ? [...before, receipt].slice(-MAX_REQUESTS) : before
  const endedAt = call.state === 'terminated' ? (read.record?.endedAt ?? now) : undefined
  const record: CallRecord = { call, dialect, sequence, near: true, requests, endedAt }
  return { id, record, operations, notifications }
}

/** So that somebody can be moved without naming the call they are in. Before the commit: a row too many does no harm. */
async function indexPeople(service: Service, before: Call | undefined, after: Call): Promise<IndexRow[]> {
  const known = new Set(before ? personIds(before) : [])
  const fresh = personIds(after).filter((id) => !known.has(id))
  return Promise.all(fresh.map((id) => service.callIndex.addPerson(id, after.id, after.createdAt)))
}

const personIds = (call: Call): string[] =>
  [call.source, ...call.ringing.map(({ info }) => info), ...call.participants.map(({ info }) => info)]
    .filter(({ identity }) => identity.kind !== 'application')
    .map(({ identity }) => identity.id)

/** Sends the hints. One that is lost is no error: the sweep finds what it was about. */
async function wake(
  service: Service,
  before: Call | undefined,
  after: Call,
  notify: boolean,
  now: number,
): Promise<void> {
  const callId = after.id
  const fresh = after.timers.filter((timer) => !before?.timers.some(({ id, at }) => id === timer.id && at === timer.at))
  const hints = fresh
    .filter(({ at }) => at - now <= MAX_HINT_DELAY_MS)
    .map(({ id, at }) => service.queues.send('call-timers', { callId, timer: id }, at - now))
  if (notify) hints.push(service.queues.send('notifications', { callId }, 0))
  await Promise.allSettled(hints)
}

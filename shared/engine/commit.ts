import type { Call, Decision, RingingParticipant, RuleContext, Timer } from '../calls/call.js'
import type { Command, CreationCommand } from '../calls/commands.js'
import { findOfferer } from '../calls/legs/links.js'
import type { DialectName, Participant, ParticipantInfo } from '../calls/resources.js'
import type { EventLog } from '../inspection/eventLog.js'
import type { Clock } from '../platform/clock.js'
import { addDirectoryDetails, type Behavior, PERSON_ACTIONS, planReaction } from '../simulator/people.js'
import type { BotStore } from '../storage/botStore.js'
import { type CallIndex, toIndexedId } from '../storage/callIndex.js'
import type { CallStore } from '../storage/callStore.js'
import type { MeetingStore } from '../storage/meetingStore.js'
import type { Queues } from '../storage/queues.js'
import type { CallRecord, ClientRequest, Commit, IndexRow, ReadCall } from '../storage/records.js'
import { assertWithinGrowthLimit, StorageUnavailable, TooManyConflicts } from '../storage/tables.js'
import type { WatchdogStore } from '../storage/watchdogStore.js'
import { toCommitEvent } from './commitEvent.js'
import { renderCommit } from './outbox.js'
import { sendWakeUps } from './wakeUps.js'

/** How often a command is decided again after a conflict. */
const MAX_TRIES = 12
/** Multiplied by the number of the try, so that writers that conflicted once do not keep conflicting. */
const MAX_JITTER_MS = 50

export interface CommitDependencies {
  readonly calls: CallStore
  readonly callIndex: CallIndex
  readonly meetings: Pick<MeetingStore, 'read'>
  readonly bots: Pick<BotStore, 'read'>
  readonly watchdog: WatchdogStore
  readonly queues: Queues
  readonly clock: Clock
  readonly newId: () => string
  readonly random: () => number
  readonly behavior: Behavior
  /** Present in a local process only. */
  readonly eventLog?: EventLog | undefined
  readonly settings: {
    readonly SIMULATOR: boolean
    readonly ANSWER_TIMEOUT_MS: number
    readonly RING_TIMEOUT_MS: number
    readonly PROMPT_DURATION_MS: number
    readonly KEEP_ALIVE_TIMEOUT_MS: number
    readonly WATCHDOG_DELAY_MS: number
  }
}

/** What was committed, and the dialect of the reply. */
export interface ChangedCall extends Decision {
  readonly dialect: DialectName
}

/** A decision to commit. */
interface Step extends Decision {
  /** The command that was decided. */
  readonly command?: Command | CreationCommand
  /** The command may let the call grow, so the size limit applies. */
  readonly isSizeLimited?: boolean
  /** The result of an earlier request: nothing is written. */
  readonly isDone?: boolean
}

/** Decides on the call as it was read; returns undefined when there is nothing to do. */
export type DecideStep = (record: CallRecord | undefined, context: RuleContext) => Promise<Step | undefined>

interface CommitOptions {
  /** The call as it was just read, so that the first try does not read it again. */
  readonly read?: ReadCall
  /** The dialect of a new call; an existing call keeps its own. */
  readonly dialect?: DialectName
  readonly request?: ClientRequest | undefined
  /** Rows of `callIndex` that were written for this commit. */
  readonly indexRows?: readonly IndexRow[]
}

/** One try: what it decided, and what it was based on. */
interface Try extends DecidedTry {
  readonly commit: Commit
}

/** A try before its index rows are written. */
interface DecidedTry {
  readonly read: ReadCall
  readonly command: Step['command']
  readonly change: ChangedCall
  readonly commit: Omit<Commit, 'indexRows'>
  readonly now: number
}

/**
 * Decides and commits until one try succeeds. When it returns, the change and its notifications are stored in one
 * transaction.
 *
 * @returns undefined when `decideStep` finds nothing to do
 * @throws RowTooLarge when a size-limited command would let the call grow too far; nothing has changed
 * @throws TooManyConflicts when other writers were first in every try; nothing has changed
 * @throws StorageUnavailable when the outcome is unknown
 */
export async function commitChange(
  deps: CommitDependencies,
  callId: string,
  decideStep: DecideStep,
  options: CommitOptions = {},
): Promise<ChangedCall | undefined> {
  const unresolvedTries: Try[] = []
  const readNext = startReading(deps.calls, callId, options.read)
  for (let tries = 0; ; tries++) {
    if (tries > 0) await deps.clock.sleep(deps.random() * MAX_JITTER_MS * tries)

    // 1. Read the call. The commit depends on the ETag of this read.
    const read = await readNext()

    // 2. An earlier try whose outcome was unknown may have been applied: then its change is the result.
    const applied = await findApplied(deps.calls, unresolvedTries)
    if (applied) return finishTry(deps, applied)
    if (tries === MAX_TRIES) throw triesExhausted(callId, unresolvedTries)

    // 3. Decide and render the transaction. The rules are pure, so a later try can decide again.
    const decided = await decideTry(deps, read, decideStep, options)
    if ('result' in decided) return decided.result

    // 4. Write the watchdog entry and the index rows before the commit: if this host dies after the commit, the sweep
    // finds the call. An index row without its call is harmless, a call without its index row is not found.
    const prepared = await prepareTry(deps, decided, options)

    // 5. Commit under the ETag. After a conflict, and after an unknown outcome, the next try reads again.
    const outcome = await deps.calls.commit(read, prepared.commit)
    if (outcome === 'committed') return finishTry(deps, prepared)
    if (outcome === 'unknown') unresolvedTries.push(prepared)
  }
}

/** Returns a function that reads the call; the first time it returns the read that is given, if any. */
function startReading(calls: CallStore, callId: string, known: ReadCall | undefined): () => Promise<ReadCall> {
  const reads = known ? [known] : []
  return async () => reads.pop() ?? calls.read(callId)
}

/** Returns the try to commit, or the result when there is nothing to commit. */
async function decideTry(
  deps: CommitDependencies,
  read: ReadCall,
  decideStep: DecideStep,
  options: CommitOptions,
): Promise<DecidedTry | { readonly result: ChangedCall | undefined }> {
  const { record } = read
  const { request } = options
  const dialect = record?.dialect ?? options.dialect ?? 'communications'
  const now = deps.clock.now()
  const step = await decideStep(record, ruleContext(deps, now))
  if (!step || step.isDone) return { result: step && { ...step, dialect } }
  const change = { ...addReactions(deps, record?.call, step, now), dialect }
  const commit = renderCommit(change, { record, dialect, request, now, newId: deps.newId })
  if (step.isSizeLimited) assertWithinGrowthLimit(commit.record)
  return { read, command: step.command, change, commit, now }
}

/** Writes what must precede the commit of a try. */
async function prepareTry(deps: CommitDependencies, decided: DecidedTry, options: CommitOptions): Promise<Try> {
  const { record } = decided.read
  const { call } = decided.change
  // The sweep does not keep the flag of a call that has ended.
  const hasEntry = record?.hasPendingWakeUp === true && record.endedAt === undefined
  const [peopleRows] = await Promise.all([
    indexPeople(deps.callIndex, record?.call, call),
    hasEntry ? undefined : deps.watchdog.add(call.id, decided.now + deps.settings.WATCHDOG_DELAY_MS),
  ])
  return { ...decided, commit: { ...decided.commit, indexRows: [...(options.indexRows ?? []), ...peopleRows] } }
}

/** Returns the error after MAX_TRIES tries. A try without a known outcome may still have changed the call. */
function triesExhausted(callId: string, unresolvedTries: readonly Try[]): StorageUnavailable {
  const message = `Call ${callId} could not be changed in ${MAX_TRIES} tries.`
  return unresolvedTries.length > 0 ? new StorageUnavailable(message) : new TooManyConflicts(message)
}

async function findApplied(calls: CallStore, tries: readonly Try[]): Promise<Try | undefined> {
  for (const unresolved of tries) {
    if (await calls.wasApplied(unresolved.commit)) return unresolved
  }
  return undefined
}

async function finishTry(
  { queues, eventLog }: CommitDependencies,
  { read, command, change, commit, now }: Try,
): Promise<ChangedCall> {
  const before = read.record?.call
  const { call } = change
  const { notifications } = commit
  // A call reads its legs every few seconds. Only a reading that changes the call says something.
  const isNews = command?.type !== 'legsRead' || before?.version !== call.version
  if (eventLog && command && isNews) {
    const event = toCommitEvent(command, before, call, notifications)
    eventLog.add(event, { callId: call.id, applicationId: call.applicationId })
  }
  await sendWakeUps(queues, before, call, { hasNotifications: notifications.length > 0, now })
  return change
}

const ruleContext = ({ settings, newId }: CommitDependencies, now: number): RuleContext => ({
  now,
  newId,
  answerTimeoutMs: settings.ANSWER_TIMEOUT_MS,
  ringTimeoutMs: settings.RING_TIMEOUT_MS,
  promptDurationMs: settings.PROMPT_DURATION_MS,
  keepAliveTimeoutMs: settings.KEEP_ALIVE_TIMEOUT_MS,
  addDirectoryDetails,
})

/** A replaced participant does not ring, an application has a bot, and no mailbox answers a redirected call. */
const canReact = ({ state }: Call, { replaces, legCallId, info }: RingingParticipant): boolean =>
  !replaces && legCallId === undefined && !(state === 'redirecting' && info.endpointType === 'voicemail')

/** Simulated people react when they begin to ring: the reaction becomes a timer of the call, in the same commit. */
function addReactions(
  { settings, behavior }: CommitDependencies,
  before: Call | undefined,
  decision: Decision,
  now: number,
): Decision {
  if (!settings.SIMULATOR) return decision
  const startedRinging = decision.call.ringing.filter(
    (person) => canReact(decision.call, person) && !before?.ringing.includes(person),
  )
  const timers: Timer[] = startedRinging.flatMap(({ participantId, info }) => {
    const reaction = planReaction(behavior, info.identity.id, now)
    if (!reaction) return []
    const command = { type: PERSON_ACTIONS[reaction.action], personId: info.identity.id, participantId }
    return { id: `reaction:${participantId}`, at: reaction.at, command, participantId }
  })
  if (timers.length === 0) return decision
  return { ...decision, call: { ...decision.call, timers: [...decision.call.timers, ...timers] } }
}

/** Indexes the people who are new in the call, so that the simulator finds a call by its person. */
async function indexPeople(callIndex: CallIndex, before: Call | undefined, after: Call): Promise<IndexRow[]> {
  const known = before ? personIds(before) : new Set()
  const added = [...personIds(after)].filter((id) => !known.has(id))
  return Promise.all(added.map((id) => callIndex.addForPerson(id, after.id, after.createdAt)))
}

/** The distinct ids of the people in a call, in the form in which they are indexed. The call does not only show them. */
const personIds = (call: Call): Set<string> =>
  new Set(
    [...(findOfferer(call) ? [] : [call.source]), ...[...call.ringing, ...call.participants].flatMap(ownInfo)]
      .filter(({ identity }) => identity.kind !== 'application')
      .map(({ identity }) => toIndexedId(identity.id)),
  )

const ownInfo = ({ info, legCallId }: RingingParticipant | Participant): ParticipantInfo[] =>
  legCallId === undefined ? [info] : []

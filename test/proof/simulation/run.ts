import type { Command, CreateCommand, IncomingCommand } from '../../../shared/calls/commands.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { Service } from '../../../shared/service/service.js'
import type { ClientRequest } from '../../../shared/storage/records.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { NO_FAULTS } from './faults.js'
import { accountsOf, FAULTS_LAST_MS, settle } from './settle.js'
import { isRefusal, type Sabotage, Simulation, START } from './simulation.js'
import {
  type ClientLog,
  findLongestWait,
  findRemains,
  findUnanswered,
  findViolations,
  newClientLog,
} from './violations.js'

/** Clocks that differ by 80 s extend a lease of 30 s by that; a sweep, a retry after up to 120 s and POSTs follow. */
const SETTLED_AFTER_MS = 330_000
/** Calls without a keep-alive end and ended calls are removed, both during the second period of faults. */
const SETTINGS = { KEEP_ALIVE_TIMEOUT_MS: '600000', RETENTION_MS: '600000' }
/** All callbacks are on the same host, whose bulkhead is full with half of the calls. */
const FULL_BULKHEAD = { ...SETTINGS, CALLS_PER_CALLBACK_HOST: '2' }
/** With half of the seeds, a failing notification is skipped after so many attempts; 0: only after an hour. */
const ATTEMPTS_BEFORE_SKIP = ['1', '2', '4', '0']
/** When the bot of some seeds is registered with the opposite policy. */
const POLICY_CHANGES_AT_MS = 45_000
const RELAPSE_AT_MS = 500_000
const RELAPSE_LASTS_MS = 700_000
/** After the relapse: the last retry, the end of the call, the retention period, and the sweeps in between. */
const REMOVED_AFTER_MS = 1_500_000
const SEEDS_WITHOUT_FAULTS = 100
/** Enough for a wake-up and the requests of a delivery, and well under the period of the sweep. */
export const MAX_DELAY_WITHOUT_FAULTS_MS = 2_000
const CALLS = 4
const COMMANDS_PER_CALL = 7

export interface Report {
  readonly seed: number
  /** The violated guarantees, a line each. */
  readonly violations: readonly string[]
  readonly faultCounts: ReadonlyMap<string, number>
  readonly schedule: readonly string[]
  readonly commands: number
  readonly notifications: number
  /** How many storage requests the sabotage changed. */
  readonly sabotagedRequests: number
}

/** Plays a seed: clients, hosts and callbacks with faults, then without faults. Checks the outcome. */
export async function runSeed(seed: number, sabotage?: Sabotage): Promise<Report> {
  const settings = { ...FULL_BULKHEAD, ...chooseDeadLetterPolicy(seed) }
  const simulation = new Simulation(seed, { settings, accounts: accountsOf(seed), ...(sabotage && { sabotage }) })
  const clients = playCalls(simulation, seed)
  if (seed % 3 === 0) void changeDeadLetterPolicy(simulation, settings)
  await settle(simulation, SETTLED_AFTER_MS)
  const violations = [...(await findViolations(simulation, clients)), ...(await findUnanswered(simulation))]
  await simulation.time.runUntil(START + RELAPSE_AT_MS)
  simulation.relapse()
  await simulation.time.runUntil(START + RELAPSE_AT_MS + RELAPSE_LASTS_MS)
  simulation.heal()
  await simulation.time.runUntil(START + RELAPSE_AT_MS + RELAPSE_LASTS_MS + REMOVED_AFTER_MS)
  violations.push(...(await findRemains(simulation, clients, START + RELAPSE_AT_MS)))
  return {
    seed,
    violations,
    faultCounts: simulation.faultCounts,
    schedule: simulation.schedule,
    commands: clients.commands,
    notifications: simulation.arrivals.length,
    sabotagedRequests: simulation.sabotagedRequests,
  }
}

function chooseDeadLetterPolicy(seed: number): {
  readonly ON_DEAD_LETTER: string
  readonly NOTIFICATION_MAX_ATTEMPTS: string
} {
  // With a limit of attempts, a paused call would be dead-lettered in the relapse, after the last replay.
  if (seed % 2 === 0) return { ON_DEAD_LETTER: 'pause', NOTIFICATION_MAX_ATTEMPTS: '0' }
  const attempts = ATTEMPTS_BEFORE_SKIP[Math.floor(seed / 2) % ATTEMPTS_BEFORE_SKIP.length] ?? '0'
  return { ON_DEAD_LETTER: 'skip', NOTIFICATION_MAX_ATTEMPTS: attempts }
}

/** Registers the bot with the opposite policy while calls are running. */
async function changeDeadLetterPolicy(
  simulation: Simulation,
  { ON_DEAD_LETTER }: ReturnType<typeof chooseDeadLetterPolicy>,
): Promise<void> {
  const bot =
    ON_DEAD_LETTER === 'skip' ? { onDeadLetter: 'pause', maxAttempts: 0 } : { onDeadLetter: 'skip', maxAttempts: 2 }
  await simulation.sleep(POLICY_CHANGES_AT_MS)
  await simulation.tables.write('bots', incomingCall.applicationId, [{ type: 'put', rowKey: 'bot', value: bot }])
}

/** The longest delays of a run, in milliseconds. */
interface Delays {
  /** How long a notification waited, from its commit or the acknowledgement of the previous one. */
  readonly notification: number
  /** How late a timer was carried out. */
  readonly timer: number
}

/**
 * Plays seeds without faults but with slow callbacks. Delays of less than MAX_DELAY_WITHOUT_FAULTS_MS mean that nothing
 * waited for the sweep.
 */
export async function measureDelaysWithoutFaults(sabotage?: Sabotage): Promise<Delays> {
  let longest: Delays = { notification: 0, timer: 0 }
  for (let seed = 1; seed <= SEEDS_WITHOUT_FAULTS; seed++) {
    const { notification, timer } = await measureDelaysOfSeed(seed, sabotage)
    longest = { notification: Math.max(longest.notification, notification), timer: Math.max(longest.timer, timer) }
  }
  return longest
}

async function measureDelaysOfSeed(seed: number, sabotage?: Sabotage): Promise<Delays> {
  const faults = { ...NO_FAULTS, callbackSlow: 0.5 }
  const simulation = new Simulation(seed, { settings: SETTINGS, faults, ...(sabotage && { sabotage }) })
  playCalls(simulation, seed)
  await simulation.time.runUntil(START + FAULTS_LAST_MS)
  return { notification: findLongestWait(simulation), timer: simulation.longestTimerDelayMs }
}

/** Starts the clients. Returns their log, which grows during the run. */
function playCalls(simulation: Simulation, seed: number): ClientLog {
  const clients = newClientLog()
  for (let index = 0; index < CALLS; index++) void playCall(simulation, clients, `person-${seed}-${index}`)
  return clients
}

/** Returns a function that picks one of its arguments at random. */
const pickerOf =
  ({ random }: Simulation) =>
  <T>(...values: T[]): T =>
    values[Math.floor(random() * values.length)] as T

async function playCall(simulation: Simulation, clients: ClientLog, personId: string): Promise<void> {
  const { random } = simulation
  await simulation.sleep(random() * 20_000)
  const callId = await createRandomCall(simulation, clients, personId)
  if (callId === undefined) return
  clients.created.push(callId)
  for (let count = 0; count < COMMANDS_PER_CALL; count++) {
    await simulation.sleep(random() * 8_000)
    await playRandomCommand(simulation, clients, { callId, personId, count })
  }
}

async function createRandomCall(
  simulation: Simulation,
  clients: ClientLog,
  personId: string,
): Promise<string | undefined> {
  const pick = pickerOf(simulation)
  const command = pick<IncomingCommand | CreateCommand>(
    { ...incomingCall, from: participantInfo(personId) },
    outgoingCall(personId),
    outgoingCall(personId, `${personId}-friend`),
    meeting(pick([], ['audio'])),
  )
  const dialect = pick('app', 'communications')
  clients.createRequests++
  clients.commands++
  const reply = await simulation.requestUntilAnswered('create', (service, request) =>
    createCall(service, { ...command, id: service.newId() }, dialect, request),
  )
  return reply && 'value' in reply ? reply.value.call.id : undefined
}

/** The caller of this client, and the number of the command, which makes names unique. */
interface ClientStep {
  readonly callId: string
  readonly personId: string
  readonly count: number
}

async function playRandomCommand(
  simulation: Simulation,
  clients: ClientLog,
  { callId, personId, count }: ClientStep,
): Promise<void> {
  const pick = pickerOf(simulation)
  const otherCalls = clients.created.filter((id) => id !== callId)
  const command = pick<Command | 'replace' | 'consult'>(
    answer,
    { type: 'invite', participants: [participantInfo(`${personId}-guest-${count}`)] },
    {
      type: 'invite',
      participants: [participantInfo(`${personId}-guest-${count}`), participantInfo(`${personId}-other-${count}`)],
    },
    { type: 'personJoins', info: participantInfo(`${personId}-walk-in-${count}`) },
    { type: 'personLeaves', personId },
    { type: 'redirect', targets: [participantInfo(`${personId}-deputy-${count}`)] },
    { type: 'transfer', target: participantInfo(`${personId}-deputy-${count}`), transferee: participantInfo(personId) },
    { type: 'mute' },
    { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] },
    { type: 'keepAlive' },
    { type: 'hangUp' },
    'replace',
    'replace',
    'consult',
    'consult',
  )
  if (command !== 'replace' && command !== 'consult') {
    const run = changeWith(callId, command)
    await playCommand(simulation, clients, { callId, type: command.type, run })
    return
  }
  const newCallId = pick(...otherCalls)
  if (newCallId === undefined) return
  if (command === 'replace') {
    const run = inviteFrom(callId, newCallId, personId)
    await playCommand(simulation, clients, { callId: newCallId, type: 'invite', run })
  } else {
    const run = transferTo(callId, newCallId, personId)
    await playCommand(simulation, clients, { callId: newCallId, type: 'transfer', run })
  }
}

type RunCommand = (service: Service, request: ClientRequest) => Promise<ChangedCall>
const authorize = () => undefined

const changeWith =
  (callId: string, command: Command): RunCommand =>
  (service, request) =>
    changeCall(service, callId, command, { authorize, request })

/** Invites a person from one call into another (`replacesCallId`). */
const inviteFrom =
  (oldCallId: string, newCallId: string, personId: string): RunCommand =>
  (service, request) => {
    const invitation = { ...participantInfo(personId), replacesCallId: oldCallId }
    const buildInvite = async () => {
      const replaces = await findReplacedParticipant(service, newCallId, { invitation, path: '' }, authorize)
      return { type: 'invite', participants: [invitation], replaces } as const
    }
    return changeCall(service, newCallId, buildInvite, { authorize, request })
  }

/** Transfers the new call to a person in the old call. A group call refuses this, because no transferee is named. */
const transferTo =
  (oldCallId: string, newCallId: string, personId: string): RunCommand =>
  (service, request) => {
    const target = { ...participantInfo(personId), replacesCallId: oldCallId }
    const buildTransfer = async () => {
      const replaces = await findReplacedParticipant(service, newCallId, { invitation: target, path: '' }, authorize)
      return { type: 'transfer', target, replaces } as const
    }
    return changeCall(service, newCallId, buildTransfer, { authorize, request })
  }

const STARTS_OPERATION = new Set<Command['type']>(['answer', 'invite', 'mute', 'playPrompt', 'transfer'])

async function playCommand(
  simulation: Simulation,
  clients: ClientLog,
  { callId, type, run }: { callId: string; type: Command['type']; run: RunCommand },
): Promise<void> {
  clients.commands++
  if (STARTS_OPERATION.has(type)) {
    clients.operationRequests.set(callId, (clients.operationRequests.get(callId) ?? 0) + 1)
  }
  const reply = await simulation.requestUntilAnswered(type, run)
  if (!reply) return
  if ('error' in reply) {
    if (!isRefusal(reply.error) && reply.error.name !== 'StorageUnavailable') throw reply.error
    return
  }
  if (type === 'hangUp') clients.hungUp.push(callId)
  const [operation] = reply.value.operations
  if ((type === 'invite' || type === 'transfer') && operation)
    clients.invitations.push({ callId, operationId: operation.id })
}

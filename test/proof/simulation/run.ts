import type { Call } from '../../../shared/calls/call.js'
import type { Command, CreateCommand, IncomingCommand } from '../../../shared/calls/commands.js'
import { replaySince } from '../../../shared/delivery/deliveries.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { Service } from '../../../shared/service/service.js'
import type { CallRecord, ClientRequest, DeliveryRecord } from '../../../shared/storage/records.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import { NO_FAULTS } from './faults.js'
import { type Arrival, isRefusal, type Sabotage, Simulation, START } from './simulation.js'

const FAULTS_LAST_MS = 90_000
/** Two clocks 80 s apart see a lease of 30 s end that much later; then come a sweep, a wait of at most 120 s, and the POSTs. */
const BOUND_MS = 330_000
/** When an operator begins anew with what was dead-lettered: a drain that stands still may give up after the first time. */
const REPLAYS_AT_MS = [10_000, 120_000]
/** Calls that nobody keeps alive end, and what has ended is removed: both while things go wrong again. */
const SETTINGS = { KEEP_ALIVE_TIMEOUT_MS: '600000', RETENTION_MS: '600000' }
/** All callbacks are on one host, and it is full with half of the calls. */
const FULL_HOST = { ...SETTINGS, CALLS_PER_CALLBACK_HOST: '2' }
const RELAPSE_AT_MS = 500_000
const RELAPSE_LASTS_MS = 700_000
/** From then on: the last retry, the end, the retention, and the sweeps in between. */
const REMOVED_WITHIN_MS = 1_500_000
const CALLS = 4
const COMMANDS_PER_CALL = 7

export interface Report {
  readonly seed: number
  /** What must not be, a line each. */
  readonly violations: readonly string[]
  readonly happened: ReadonlyMap<string, number>
  readonly schedule: readonly string[]
  readonly commands: number
  readonly notifications: number
}

/** What the clients were told, and must be true. */
export interface Promised {
  readonly created: string[]
  readonly hungUp: string[]
  /** The commands to each call that start an operation, whether they were answered or not. */
  readonly starts: Map<string, number>
  readonly invited: { readonly callId: string; readonly operationId: string }[]
  creates: number
  commands: number
}

export const nothingPromised = (): Promised => ({
  created: [],
  hungUp: [],
  starts: new Map(),
  invited: [],
  creates: 0,
  commands: 0,
})

/** Plays one seed: clients, hosts and callbacks, with everything that goes wrong; then peace, and a look at what is left. */
export async function runSeed(seed: number, sabotage?: Sabotage): Promise<Report> {
  const simulation = new Simulation(seed, { settings: FULL_HOST, ...(sabotage && { sabotage }) })
  const promised = nothingPromised()
  for (let index = 0; index < CALLS; index++) void playCall(simulation, promised, `person-${seed}-${index}`)
  await simulation.time.runUntil(START + FAULTS_LAST_MS)
  simulation.heal()
  for (const at of REPLAYS_AT_MS) {
    const replay = () => simulation.requestUntilAnswered('replay', (service) => replaySince(service, 0))
    void simulation.sleep(at).then(replay)
  }
  await simulation.time.runUntil(START + FAULTS_LAST_MS + BOUND_MS)
  const violations = await violationsOf(simulation, promised)
  await simulation.time.runUntil(START + RELAPSE_AT_MS)
  simulation.relapse()
  await simulation.time.runUntil(START + RELAPSE_AT_MS + RELAPSE_LASTS_MS)
  simulation.heal()
  await simulation.time.runUntil(START + RELAPSE_AT_MS + RELAPSE_LASTS_MS + REMOVED_WITHIN_MS)
  violations.push(...(await remainsOf(simulation, promised)))
  return {
    seed,
    violations,
    happened: simulation.happened,
    schedule: simulation.schedule,
    commands: promised.commands,
    notifications: simulation.arrivals.length,
  }
}

/** Plays one seed without faults, but with callbacks that take their time. Returns the longest wait, in milliseconds. */
export async function runCalmly(seed: number, sabotage?: Sabotage): Promise<number> {
  const faults = { ...NO_FAULTS, callbackSlow: 0.5 }
  const simulation = new Simulation(seed, { settings: SETTINGS, faults, ...(sabotage && { sabotage }) })
  const promised = nothingPromised()
  for (let index = 0; index < CALLS; index++) void playCall(simulation, promised, `person-${seed}-${index}`)
  await simulation.time.runUntil(START + FAULTS_LAST_MS)
  return longestWait(simulation)
}

/** The longest that a notification had to wait, from its commit or the acknowledgement of the one before. */
export function longestWait({ arrivals }: Simulation): number {
  const firsts = new Map(arrivals.toReversed().map((one) => [`${one.callId} ${one.sequence}`, one]))
  const waits = [...firsts.values()].map((one) => {
    const before = arrivals.filter(({ callId, sequence }) => callId === one.callId && sequence === one.sequence - 1)
    const acknowledged = Math.min(...before.map(({ acknowledgedAt = Number.POSITIVE_INFINITY }) => acknowledgedAt))
    return one.startedAt - Math.max(one.createdAt, Number.isFinite(acknowledged) ? acknowledged : 0)
  })
  return Math.max(...waits)
}

async function playCall(simulation: Simulation, promised: Promised, who: string): Promise<void> {
  const { random } = simulation
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T
  await simulation.sleep(random() * 20_000)
  const makes = pick<IncomingCommand | CreateCommand>(
    { ...incomingCall, from: person(who) },
    outgoingCall(who),
    outgoingCall(who, `${who}-friend`),
    meeting(pick([], ['audio'])),
  )
  const dialect = pick('app', 'communications')
  promised.creates++
  promised.commands++
  const made = await simulation.requestUntilAnswered('create', (service, request) =>
    createCall(service, { ...makes, id: service.newId() }, dialect, request),
  )
  if (!made || 'error' in made) return
  const callId = made.value.call.id
  promised.created.push(callId)

  for (let count = 0; count < COMMANDS_PER_CALL; count++) {
    await simulation.sleep(random() * 8_000)
    const others = promised.created.filter((id) => id !== callId)
    const command = pick<Command | 'move'>(
      answer,
      { type: 'invite', participants: [person(`${who}-guest-${count}`)] },
      { type: 'invite', participants: [person(`${who}-guest-${count}`), person(`${who}-other-${count}`)] },
      { type: 'personJoins', info: person(`${who}-walk-in-${count}`) },
      { type: 'personLeaves', personId: who },
      { type: 'mute' },
      { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] },
      { type: 'keepAlive' },
      { type: 'hangUp' },
      'move',
      'move',
    )
    const target = command === 'move' ? pick(...others) : callId
    if (target !== undefined) await playCommand(simulation, promised, { callId, target, who, command })
  }
}

const STARTS_OPERATION = new Set<Command['type']>(['answer', 'invite', 'mute', 'playPrompt'])

async function playCommand(
  simulation: Simulation,
  promised: Promised,
  { callId, target, who, command }: { callId: string; target: string; who: string; command: Command | 'move' },
): Promise<void> {
  promised.commands++
  if (command === 'move' || STARTS_OPERATION.has(command.type)) {
    promised.starts.set(target, (promised.starts.get(target) ?? 0) + 1)
  }
  const run = (service: Service, request: ClientRequest): Promise<ChangedCall> => {
    if (command !== 'move') return changeCall(service, target, command, { authorize: anybody, request })
    const invitation = { ...person(who), replacesCallId: callId }
    const invite = async () => {
      const replaces = await findReplacedParticipant(service, target, invitation, anybody)
      return { type: 'invite', participants: [invitation], replaces } as const
    }
    return changeCall(service, target, invite, { authorize: anybody, request })
  }
  const reply = await simulation.requestUntilAnswered(command === 'move' ? 'move' : command.type, run)
  if (!reply) return
  if ('error' in reply) {
    if (!isRefusal(reply.error) && reply.error.name !== 'StorageUnavailable') throw reply.error
    return
  }
  if (command === 'move' || command.type === 'invite') {
    const [operation] = reply.value.operations
    if (operation) promised.invited.push({ callId: target, operationId: operation.id })
  } else if (command.type === 'hangUp') promised.hungUp.push(target)
}

const anybody = () => undefined

/** Everything that README promises, looked at from outside: what clients were told, what callbacks got, what is left. */
export async function violationsOf(simulation: Simulation, promised: Promised): Promise<string[]> {
  const { tables, arrivals, time } = simulation
  const rows = await tables.list<CallRecord>('calls', { to: '~', limit: Number.POSITIVE_INFINITY })
  const records = rows.filter(({ rowKey, value }) => rowKey === 'call' && 'call' in value).map(({ value }) => value)
  const wrong: string[] = []
  for (const record of records) {
    const { call } = record
    const delivery = rows.find(({ partitionKey, rowKey }) => partitionKey === call.id && rowKey === 'delivery')
    const got = arrivals.filter(({ callId }) => callId === call.callChainId)
    const found = [
      ...orderOf(got, record.sequence),
      ...leftoversOf(record, delivery?.value as unknown as DeliveryRecord, time.now),
    ]
    wrong.push(...found.map((line) => `${call.id}: ${line}`))
  }
  const calls = new Map(records.map(({ call }) => [call.id, call]))
  for (const id of promised.created) if (!calls.has(id)) wrong.push(`${id}: was created, and is not there`)
  if (calls.size > promised.creates) wrong.push(`${calls.size} calls were made by ${promised.creates} requests`)
  for (const [id, starts] of promised.starts) {
    const operations = rows.filter(({ partitionKey, rowKey }) => partitionKey === id && rowKey.startsWith('operation:'))
    if (operations.length > starts) wrong.push(`${id}: ${starts} requests have started ${operations.length} operations`)
  }
  for (const id of promised.hungUp) {
    if (calls.get(id)?.state !== 'terminated') wrong.push(`${id}: was hung up, and is ${calls.get(id)?.state}`)
  }
  for (const { callId, operationId } of promised.invited) {
    const row = rows.find(
      ({ partitionKey, rowKey }) => partitionKey === callId && rowKey === `operation:${operationId}`,
    )
    const status = (row?.value as { status?: string } | undefined)?.status
    if (status === undefined || status === 'running') wrong.push(`${callId}: invitation ${operationId} is ${status}`)
  }
  wrong.push(...inTwoCalls([...calls.values()]))
  const watched = await tables.list('watchdog', { to: '~', limit: Number.POSITIVE_INFINITY })
  // Each time that a call is kept alive leaves a row for the moment that does not come any more.
  const most = calls.size + promised.commands
  if (watched.length > most) wrong.push(`${watched.length} rows of watch for ${calls.size} calls`)
  return wrong
}

/** Every notification came, first in its order and after the one before was acknowledged, and always as the same. */
function orderOf(got: readonly Arrival[], sequence: number): string[] {
  const wrong: string[] = []
  const firsts = new Map<number, Arrival>()
  for (const one of got) {
    const first = firsts.get(one.sequence)
    if (first && (first.id !== one.id || first.body !== one.body))
      wrong.push(`#${one.sequence} came as two different ones`)
    if (first) continue
    firsts.set(one.sequence, one)
    if (one.sequence !== firsts.size) wrong.push(`#${one.sequence} came first when #${firsts.size} was due`)
    const before = got.some(
      ({ sequence: other, acknowledgedAt = Number.POSITIVE_INFINITY }) =>
        other === one.sequence - 1 && acknowledgedAt <= one.startedAt,
    )
    if (one.sequence > 1 && !before) wrong.push(`#${one.sequence} came before #${one.sequence - 1} was acknowledged`)
  }
  const acknowledged = new Set(
    got.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).map((one) => one.sequence),
  )
  for (let number = 1; number <= sequence; number++) {
    if (!acknowledged.has(number)) wrong.push(`#${number} of ${sequence} was never acknowledged`)
  }
  if (firsts.size > sequence) wrong.push(`${firsts.size} came, and ${sequence} were committed`)
  return wrong
}

/** Nothing is left undone: no notification is owed, no timer is overdue, nobody is at it. */
function leftoversOf({ call, sequence }: CallRecord, delivery: DeliveryRecord | undefined, now: number): string[] {
  const wrong: string[] = []
  if (delivery?.deadLettered) wrong.push(`was parked: ${delivery.deadLettered.reason}`)
  else if (delivery?.cursor !== sequence) wrong.push(`#${delivery?.cursor} of ${sequence} is the last that is done`)
  for (const { id, at } of call.timers) if (at < now - 60_000) wrong.push(`the timer ${id} is overdue`)
  if (call.ringing.length > 0) wrong.push('somebody still rings')
  if (call.state === 'terminating') wrong.push('is still terminating')
  return wrong
}

/** In the end every call is gone, and not before its bot knew the whole of it. */
async function remainsOf({ tables, arrivals, messages }: Simulation, { created }: Promised): Promise<string[]> {
  const everything = { to: '~', limit: Number.POSITIVE_INFINITY }
  const wrong: string[] = []
  for (const { partitionKey, rowKey, value } of await tables.list<object>('calls', everything)) {
    if (!('void' in value)) wrong.push(`${partitionKey}: the row ${rowKey} is left`)
  }
  if (messages > 0) wrong.push(`${messages} messages are still in the queues`)
  for (const { rowKey } of await tables.list('watchdog', everything)) wrong.push(`${rowKey}: a row of watch is left`)
  for (const { partitionKey, value } of await tables.list<{ callId: string }>('callIndex', everything)) {
    const leadsToCall = !partitionKey.startsWith('person:') && created.includes(value.callId)
    if (leadsToCall) wrong.push(`${value.callId}: a row of callIndex is left, ${partitionKey}`)
  }
  for (const chain of new Set(arrivals.map(({ callId }) => callId))) {
    const got = arrivals.filter(({ callId }) => callId === chain)
    const last = got.reduce((latest, one) => (one.sequence > latest.sequence ? one : latest))
    wrong.push(...orderOf(got, last.sequence).map((line) => `chain ${chain}: ${line}`))
    if (!last.body.includes('"deleted"'))
      wrong.push(`chain ${chain}: was removed before #${last.sequence} was followed`)
  }
  return wrong
}

function inTwoCalls(calls: readonly Call[]): string[] {
  const places = new Map<string, string[]>()
  for (const { id, state, participants, myParticipantId } of calls) {
    if (state !== 'established') continue
    for (const one of participants) {
      if (one.id === myParticipantId) continue
      places.set(one.info.identity.id, [...(places.get(one.info.identity.id) ?? []), id])
    }
  }
  return [...places].flatMap(([who, ids]) => (ids.length > 1 ? [`${who} is in ${ids.join(' and ')}`] : []))
}

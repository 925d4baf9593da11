import type { Call } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { replaySince } from '../../../shared/delivery/deliveries.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import type { CallRecord } from '../../../shared/storage/records.js'
import type { RowWrite } from '../../../shared/storage/tables.js'
import { answer, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { NO_FAULTS } from './faults.js'
import { isRefusal, type Options, type Sabotage, Simulation, START } from './simulation.js'
import { findLegViolations, findViolationsOfEachCall } from './violations.js'

// Calls between two applications: their legs must agree at rest, whatever fails meanwhile.

const CALLEE = '11a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c22'
const PAIRS = 3
const COMMANDS_PER_LEG = 4
const FAULTS_LAST_MS = 90_000
/** When an operator replays dead letters, as in run.ts. */
const REPLAYS_AT_MS = [10_000, 120_000]
/** As in run.ts, and a reading of the other leg. */
const SETTLED_AFTER_MS = 350_000
const EVERYTHING = { to: '~', limit: Number.POSITIVE_INFINITY }

export interface LegReport {
  readonly violations: readonly string[]
  /** How many legs were answered. */
  readonly connected: number
  readonly sabotagedRequests: number
  readonly crashPoints: number
}

/** Plays a seed: applications call each other with faults, then without. Checks the outcome. */
export async function runLegs(seed: number, options: Options = {}): Promise<LegReport> {
  const simulation = new Simulation(seed, options)
  await register(simulation)
  for (let index = 0; index < PAIRS; index++) void playPair(simulation, `pair-${index}`)
  await simulation.time.runUntil(START + FAULTS_LAST_MS)
  simulation.heal()
  for (const at of REPLAYS_AT_MS) {
    const replay = () => simulation.requestUntilAnswered('replay', (service) => replaySince(service, 0))
    void simulation.sleep(at).then(replay)
  }
  await simulation.time.runUntil(START + FAULTS_LAST_MS + SETTLED_AFTER_MS)
  const violations = [...(await findViolationsOfEachCall(simulation)), ...(await findLegViolations(simulation))]
  const rows = await simulation.tables.list<CallRecord>('calls', EVERYTHING)
  const calls = rows.flatMap(({ rowKey, value }) => (rowKey === 'call' && 'call' in value ? value.call : []))
  return {
    violations,
    connected: calls.filter(({ participants }) => participants.length > 1).length,
    sabotagedRequests: simulation.sabotagedRequests,
    crashPoints: simulation.crashPoints,
  }
}

async function register({ tables }: Simulation): Promise<void> {
  const value = {
    applicationId: CALLEE,
    displayName: 'Callee',
    tenantId: outgoingCall('').tenantId,
    callingWebhook: 'https://callee.example/calls',
    dialect: 'communications',
  }
  await tables.write('bots', CALLEE, [{ type: 'put', rowKey: 'bot', value }])
}

async function playPair(simulation: Simulation, name: string): Promise<void> {
  const { random } = simulation
  await simulation.sleep(random() * 15_000)
  const legCallId = `${name}-callee`
  const target = { identity: { kind: 'application', id: CALLEE } } as const
  const command = { ...outgoingCall(''), targets: [target], legCallId }
  const reply = await simulation.requestUntilAnswered('create', (service, request) =>
    createCall(service, { ...command, id: service.newId() }, 'app', request),
  )
  const callId = reply && 'value' in reply ? reply.value.call.id : undefined
  if (callId !== undefined) void playLeg(simulation, callId, [{ type: 'mute' }, { type: 'unmute' }, { type: 'hangUp' }])
  void playLeg(simulation, legCallId, [
    answer,
    answer,
    { type: 'mute' },
    { type: 'unmute' },
    { type: 'reject', reason: 'busy' },
    { type: 'redirect', targets: [participantInfo(`${name}-deputy`)] },
    { type: 'hangUp' },
  ])
}

async function playLeg(simulation: Simulation, callId: string, commands: readonly Command[]): Promise<void> {
  for (let count = 0; count < COMMANDS_PER_LEG; count++) {
    await simulation.sleep(simulation.random() * 6_000)
    const command = commands[Math.floor(simulation.random() * commands.length)] as Command
    const reply = await simulation.requestUntilAnswered(command.type, (service, request) =>
      changeCall(service, callId, command, { authorize: () => undefined, request }),
    )
    if (!reply || 'value' in reply) continue
    if (!isRefusal(reply.error) && reply.error.name !== 'StorageUnavailable') throw reply.error
  }
}

/** Longer than the recovery from a crash, and a reading of the other leg. */
const FLOW_LASTS_MS = 300_000
/** A client without a reply repeats its request after half a minute: the call must still wait for its answer then. */
const PATIENT = { ANSWER_TIMEOUT_MS: '120000', RING_TIMEOUT_MS: '120000' }

/** Plays one call without other faults: a host dies at one crash point. Checks that the flow ends, and the outcome. */
export async function runLegsWithCrash(crashAt: ReadonlySet<number>, sabotage?: Sabotage): Promise<LegReport> {
  const options = { faults: NO_FAULTS, crashAt, settings: PATIENT, ...(sabotage && { sabotage }) }
  const simulation = new Simulation(1, options)
  await register(simulation)
  let isFinished = false
  void playFlow(simulation).then(() => {
    isFinished = true
  })
  await simulation.time.runUntil(START + FLOW_LASTS_MS)
  const violations = [...(await findViolationsOfEachCall(simulation)), ...(await findLegViolations(simulation))]
  if (!isFinished) violations.push('the flow is not finished')
  const { crashPoints, sabotagedRequests } = simulation
  return { violations, crashPoints, sabotagedRequests, connected: 0 }
}

/** The caller calls; the callee answers and mutes itself; the caller sees it and hangs up. */
async function playFlow(simulation: Simulation): Promise<void> {
  const legCallId = 'callee'
  const target = { identity: { kind: 'application', id: CALLEE } } as const
  const command = { ...outgoingCall(''), targets: [target], legCallId }
  let callId: string | undefined
  while (callId === undefined) {
    const reply = await simulation.requestUntilAnswered('create', (service, request) =>
      createCall(service, { ...command, id: service.newId() }, 'app', request),
    )
    if (reply && 'value' in reply) callId = reply.value.call.id
  }
  const change = async (id: string, step: Command, isDone: (call: Call) => boolean) => {
    for (let call = await readCall(simulation, id); !call || !isDone(call); call = await readCall(simulation, id)) {
      await simulation.request(step.type, (service) => changeCall(service, id, step, { authorize: () => undefined }))
      await simulation.sleep(1_000)
    }
  }
  const showsMutedCallee = ({ participants, leg }: Call) =>
    participants.some(({ id, isMuted }) => id === leg?.participantId && isMuted)
  await change(legCallId, answer, ({ state }) => state === 'established')
  await waitUntil(simulation, callId, ({ state }) => state === 'established')
  await change(legCallId, { type: 'mute' }, ({ participants }) => participants.some(({ isMuted }) => isMuted))
  await waitUntil(simulation, callId, showsMutedCallee)
  await change(callId, { type: 'hangUp' }, ({ state }) => state === 'terminated')
  await waitUntil(simulation, legCallId, ({ state }) => state === 'terminated')
}

async function waitUntil(simulation: Simulation, id: string, isDone: (call: Call) => boolean): Promise<void> {
  for (let call = await readCall(simulation, id); !call || !isDone(call); call = await readCall(simulation, id)) {
    await simulation.sleep(500)
  }
}

async function readCall({ tables }: Simulation, id: string): Promise<Call | undefined> {
  const row = await tables.get<CallRecord>('calls', id, 'call')
  return row && 'call' in row.value ? row.value.call : undefined
}

/** A leg that forgets a step: its timer is not stored. */
const forgetTimer =
  (timerId: string): Sabotage =>
  (tables, onSabotage) => ({
    get: (table, partition, row) => tables.get(table, partition, row),
    list: (table, range) => tables.list(table, range),
    write: (table, partition, writes) =>
      tables.write(
        table,
        partition,
        writes.map((write) => {
          const record = 'value' in write ? (write.value as Partial<CallRecord>) : undefined
          const timers = record?.call?.timers
          if (!record?.call || !timers?.some(({ id }) => id === timerId)) return write
          onSabotage()
          const call = { ...record.call, timers: timers.filter(({ id }) => id !== timerId) }
          return { ...write, value: { ...record, call } } as RowWrite
        }),
      ),
  })

/** Each removes one step between two legs. */
export const LEG_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'a leg does not plan the next reading of the other one': forgetTimer('checkLeg'),
  'the called application is not offered its call': forgetTimer('offerLeg'),
}

import type { Call } from '../../../shared/calls/call.js'
import type { Command, CreationCommand } from '../../../shared/calls/commands.js'
import { isConnected } from '../../../shared/calls/roster.js'
import { changeCall, createCall, noAuthorization } from '../../../shared/engine/changeCall.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { application, chooseIds, register } from './conversations.js'
import { NO_FAULTS } from './faults.js'
import { findLegViolations } from './legViolations.js'
import { type Sabotage, Simulation, START } from './simulation.js'
import { findViolationsOfEachCall, readStoredCalls } from './violations.js'

// Conversations of two applications, step by step, in which a host dies at one crash point.

/** Longer than the recovery from a crash, and readings of the legs. */
const FLOW_LASTS_MS = 500_000
/** A client without a reply repeats its request after half a minute: the call must still wait for its answer then. */
const PATIENT = { ANSWER_TIMEOUT_MS: '300000', RING_TIMEOUT_MS: '300000' }
const POLL_MS = 500
/** The legs read each other late. */
const LATE_MESSAGES = { ...NO_FAULTS, messageDelayed: 1 }
const MAX_ATTEMPTS = 10

export interface FlowReport {
  readonly violations: readonly string[]
  /** How many the run passed until the flow was finished. */
  readonly crashPoints: number
  readonly sabotagedRequests: number
}

/** Plays a flow without other faults. Checks that it ends, and the outcome. */
export async function runFlow(
  name: FlowName,
  crashAt: ReadonlySet<number> = new Set(),
  sabotage?: Sabotage,
): Promise<FlowReport> {
  const faults = name === 'a departure' ? LATE_MESSAGES : NO_FAULTS
  const options = { faults, crashAt, settings: PATIENT, ...(sabotage && { sabotage }) }
  const simulation = new Simulation(1, options)
  await register(simulation)
  let crashPoints: number | undefined
  void FLOWS[name](new Conversation(simulation)).then(() => {
    crashPoints = simulation.crashPoints
  })
  await simulation.time.runUntil(START + FLOW_LASTS_MS)
  const violations = [...(await findViolationsOfEachCall(simulation)), ...(await findLegViolations(simulation))]
  if (crashPoints === undefined) violations.push('the flow is not finished')
  return { violations, crashPoints: crashPoints ?? 0, sabotagedRequests: simulation.sabotagedRequests }
}

type Condition = (call: Call) => boolean

/** Sends commands until they have had their effect, and waits for the effects on other calls. */
class Conversation {
  readonly #simulation: Simulation

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  async create(command: CreationCommand): Promise<void> {
    const reply = await this.#simulation.requestUntilAnswered(
      'create',
      (service, request) => createCall(service, { ...command, id: service.newId() }, 'communications', request),
      MAX_ATTEMPTS,
    )
    if (!reply || 'error' in reply) throw new Error('expected the call to be created')
  }

  /** An application changes its newest call until the condition holds for it. */
  async change(applicationId: string, choose: (call: Call) => Command, isDone: Condition): Promise<void> {
    for (let call = await this.#read(applicationId); ; call = await this.#read(applicationId)) {
      if (call && isDone(call)) return
      if (call) {
        const { id } = call
        const command = choose(call)
        await this.#simulation.request(command.type, (service) => changeCall(service, id, command, noAuthorization))
      }
      await this.#simulation.sleep(POLL_MS)
    }
  }

  /** Waits until the condition holds for the newest call of an application. */
  async waitUntil(applicationId: string, isDone: Condition): Promise<void> {
    for (let call = await this.#read(applicationId); !call || !isDone(call); call = await this.#read(applicationId)) {
      await this.#simulation.sleep(POLL_MS)
    }
  }

  /** The calls that the applications among these people get. */
  chooseIds(...invited: Parameters<typeof chooseIds>[1]) {
    return chooseIds(this.#simulation, invited)
  }

  async #read(applicationId: string): Promise<Call | undefined> {
    const calls = [...(await readStoredCalls(this.#simulation)).calls.values()]
    return calls
      .filter((call) => call.applicationId === applicationId)
      .toSorted((one, other) => other.createdAt - one.createdAt)[0]
  }
}

const ALPHA = { ...outgoingCall(), applicationId: 'alpha', source: application('alpha') }
const BETA = application('beta')
const hasEnded: Condition = ({ state }) => state === 'terminated'
const isEstablished: Condition = ({ state }) => state === 'established'
const isRinging: Condition = ({ state }) => state === 'incoming'
const idOf = ({ participants }: Call, id: string): string =>
  participants.find(({ info }) => info.identity.id === id)?.id ?? 'unknown'
/** Who is in the call, in the order of their ids; those who are muted with a star. */
const shows =
  (...expected: readonly string[]): Condition =>
  (call) =>
    isConnected(call) &&
    String(call.participants.map(({ info, isMuted }) => `${info.identity.id}${isMuted ? '*' : ''}`).toSorted()) ===
      String(expected.toSorted())

const joinAs = (id: string): CreationCommand => ({ ...meeting(['audio']), applicationId: id, source: application(id) })

const FLOWS = {
  'a call': async (flow: Conversation) => {
    await flow.create({ ...ALPHA, targets: [BETA], ...flow.chooseIds(BETA) })
    await flow.change('beta', () => answer, isEstablished)
    await flow.waitUntil('alpha', shows('alpha', 'beta'))
    await flow.change('beta', () => ({ type: 'mute' }), shows('alpha', 'beta*'))
    await flow.waitUntil('alpha', shows('alpha', 'beta*'))
    await flow.change('alpha', () => ({ type: 'hangUp' }), hasEnded)
    await flow.waitUntil('beta', hasEnded)
  },
  'an invitation': async (flow: Conversation) => {
    await flow.create({ ...ALPHA, targets: [participantInfo('ann')] })
    await flow.waitUntil('alpha', isEstablished)
    await flow.change(
      'alpha',
      () => ({ type: 'invite', participants: [BETA], ...flow.chooseIds(BETA) }),
      ({ ringing }) => ringing.length > 0,
    )
    await flow.change('beta', () => answer, isEstablished)
    await flow.waitUntil('beta', shows('alpha', 'ann', 'beta'))
    await flow.change(
      'beta',
      (call) => ({ type: 'muteParticipant', participantId: idOf(call, 'ann') }),
      shows('alpha', 'ann*', 'beta'),
    )
    await flow.waitUntil('alpha', shows('alpha', 'ann*', 'beta'))
    await flow.change(
      'alpha',
      (call) => ({ type: 'deleteParticipant', participantId: idOf(call, 'beta') }),
      shows('alpha', 'ann*'),
    )
    await flow.waitUntil('beta', hasEnded)
  },
  'a transfer': async (flow: Conversation) => {
    await flow.create({ ...incomingCall, applicationId: 'alpha', to: application('alpha').identity })
    await flow.change('alpha', () => answer, isEstablished)
    await flow.change(
      'alpha',
      () => ({ type: 'transfer', target: BETA, ...flow.chooseIds(BETA) }),
      ({ state }) => state === 'transferring',
    )
    await flow.change('beta', () => answer, isEstablished)
    await flow.waitUntil('alpha', hasEnded)
    await flow.waitUntil('beta', ({ participants }) => participants.every(({ legCallId }) => legCallId === undefined))
    await flow.change('beta', () => ({ type: 'personMutes', personId: 'caller' }), shows('beta', 'caller*'))
    await flow.change('beta', () => ({ type: 'personLeaves', personId: 'caller' }), hasEnded)
  },
  'a redirect': async (flow: Conversation) => {
    const gamma = application('gamma')
    await flow.create({ ...ALPHA, targets: [BETA], ...flow.chooseIds(BETA) })
    await flow.waitUntil('beta', isRinging)
    await flow.change(
      'beta',
      () => ({ type: 'redirect', targets: [gamma], ...flow.chooseIds(gamma) }),
      ({ state }) => state === 'redirecting',
    )
    await flow.change('gamma', () => answer, isEstablished)
    await flow.waitUntil('beta', hasEnded)
    await flow.waitUntil('alpha', shows('alpha', 'gamma'))
    await flow.change('gamma', () => ({ type: 'mute' }), shows('alpha', 'gamma*'))
    await flow.waitUntil('alpha', shows('alpha', 'gamma*'))
    await flow.change('alpha', () => ({ type: 'hangUp' }), hasEnded)
    await flow.waitUntil('gamma', hasEnded)
  },
  'a meeting': async (flow: Conversation) => {
    await Promise.all(['alpha', 'beta', 'gamma'].map((id) => flow.create(joinAs(id))))
    for (const id of ['alpha', 'beta', 'gamma']) await flow.waitUntil(id, shows('alpha', 'beta', 'gamma'))
    await flow.change(
      'alpha',
      () => ({ type: 'personJoins', info: participantInfo('ann') }),
      shows('alpha', 'ann', 'beta', 'gamma'),
    )
    await flow.waitUntil('beta', shows('alpha', 'ann', 'beta', 'gamma'))
    await flow.change(
      'beta',
      (call) => ({ type: 'muteParticipant', participantId: idOf(call, 'ann') }),
      shows('alpha', 'ann*', 'beta', 'gamma'),
    )
    for (const id of ['alpha', 'gamma']) await flow.waitUntil(id, shows('alpha', 'ann*', 'beta', 'gamma'))
    await flow.change('alpha', () => ({ type: 'hangUp' }), hasEnded)
    for (const id of ['beta', 'gamma']) await flow.waitUntil(id, shows('ann*', 'beta', 'gamma'))
    await flow.change('beta', () => ({ type: 'hangUp' }), hasEnded)
    await flow.waitUntil('gamma', shows('ann*', 'gamma'))
  },
  // The person leaves before the second of the two sees in which call they are.
  'a departure': async (flow: Conversation) => {
    for (const id of ['alpha', 'beta', 'gamma']) await flow.create(joinAs(id))
    for (const id of ['alpha', 'beta', 'gamma']) await flow.waitUntil(id, shows('alpha', 'beta', 'gamma'))
    await flow.change(
      'alpha',
      () => ({ type: 'personJoins', info: participantInfo('ann') }),
      shows('alpha', 'ann', 'beta', 'gamma'),
    )
    for (const id of ['beta', 'gamma']) await flow.waitUntil(id, shows('alpha', 'ann', 'beta', 'gamma'))
    await flow.change('alpha', () => ({ type: 'hangUp' }), hasEnded)
    const owns: Condition = ({ participants }) =>
      participants.some(({ info, legCallId }) => info.identity.id === 'ann' && legCallId === undefined)
    const heir = await Promise.race(['beta', 'gamma'].map((id) => flow.waitUntil(id, owns).then(() => id)))
    await flow.change(heir, () => ({ type: 'personLeaves', personId: 'ann' }), shows('beta', 'gamma'))
    for (const id of ['beta', 'gamma']) await flow.waitUntil(id, shows('beta', 'gamma'))
  },
}
type FlowName = keyof typeof FLOWS
export const FLOW_NAMES = Object.keys(FLOWS) as readonly FlowName[]
/** The flows without other faults. */
export const CRASHED_FLOWS = FLOW_NAMES.filter((name) => name !== 'a departure')

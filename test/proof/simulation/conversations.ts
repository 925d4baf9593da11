import type { Call } from '../../../shared/calls/call.js'
import type { Command, CreationCommand, LegCallIds } from '../../../shared/calls/commands.js'
import type { ParticipantInfo } from '../../../shared/calls/resources.js'
import { otherParticipants } from '../../../shared/calls/roster.js'
import { actInCallOfPerson } from '../../../shared/engine/actAsPerson.js'
import { changeCall, createCall, noAuthorization } from '../../../shared/engine/changeCall.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { findLegViolations } from './legViolations.js'
import { accountsOf, settle } from './settle.js'
import { isRefusal, type Options, Simulation } from './simulation.js'
import { findViolationsOfEachCall, readStoredCalls } from './violations.js'

// Conversations of several applications, each with a call of its own: their calls must agree at rest, whatever fails
// meanwhile.

/** The applications, each a registered bot. The last one is not registered. */
const APPLICATIONS = ['alpha', 'beta', 'gamma', 'unregistered'] as const
const REGISTERED = APPLICATIONS.slice(0, 3)
const PEOPLE = ['ann', 'bob', 'cleo']
const CONVERSATIONS = 2
const DRIVERS = 2
const COMMANDS = 10
/**
 * As in run.ts, and readings of the legs. A call that was never created is given up after five minutes, which another
 * host may count from a minute later, because its clock differs.
 */
const SETTLED_AFTER_MS = 480_000

export interface LegReport {
  readonly violations: readonly string[]
  /** How many calls were linked with another one. */
  readonly linked: number
  readonly sabotagedRequests: number
}

/** Plays a seed: applications call, invite, transfer and meet each other with faults, then without. */
export async function runConversations(seed: number, options: Options = {}): Promise<LegReport> {
  const simulation = new Simulation(seed, { accounts: accountsOf(seed), ...options })
  await register(simulation)
  for (let index = 0; index < CONVERSATIONS; index++) void startConversation(simulation)
  for (let index = 0; index < DRIVERS; index++) void drive(simulation)
  await settle(simulation, SETTLED_AFTER_MS)
  const violations = [...(await findViolationsOfEachCall(simulation)), ...(await findLegViolations(simulation))]
  const { calls } = await readStoredCalls(simulation)
  const linked = [...calls.values()].filter(({ participants }) => participants.some(({ legCallId }) => legCallId))
  return { violations, linked: linked.length, sabotagedRequests: simulation.sabotagedRequests }
}

/** Registers the applications as bots. */
export async function register({ tables }: Simulation): Promise<void> {
  for (const applicationId of REGISTERED) {
    const value = {
      applicationId,
      displayName: applicationId,
      tenantId: outgoingCall().tenantId,
      callingWebhook: `https://${applicationId}.example/calls`,
      dialect: 'communications',
    }
    await tables.write('bots', applicationId, [{ type: 'put', rowKey: 'bot', value }])
  }
}

export const application = (id: string): ParticipantInfo => ({ identity: { kind: 'application', id } })

/** The ids of the calls that the applications among these people get. */
export const chooseIds = ({ newId }: Simulation, invited: readonly ParticipantInfo[]): { legCallIds: LegCallIds } => ({
  legCallIds: Object.fromEntries(
    invited.flatMap(({ identity }) => (identity.kind === 'application' ? [[identity.id, newId()]] : [])),
  ),
})

const pick = <T>({ random }: Simulation, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T

async function startConversation(simulation: Simulation): Promise<void> {
  await simulation.sleep(simulation.random() * 15_000)
  const creations = chooseCreations(simulation)
  for (const creation of creations) {
    void simulation.requestUntilAnswered('create', (service, request) =>
      createCall(service, { ...creation, id: service.newId() }, 'communications', request),
    )
    if (simulation.random() < 0.5) await simulation.sleep(simulation.random() * 10_000)
  }
}

function chooseCreations(simulation: Simulation): CreationCommand[] {
  const callAs = (applicationId: string) => ({ ...outgoingCall(), applicationId, source: application(applicationId) })
  const [caller, callee, third] = [
    pick(simulation, REGISTERED),
    pick(simulation, APPLICATIONS),
    pick(simulation, APPLICATIONS),
  ]
  switch (pick(simulation, ['call', 'group', 'meeting', 'meeting', 'incoming'])) {
    case 'call':
      return [{ ...callAs(caller), targets: [application(callee)], ...chooseIds(simulation, [application(callee)]) }]
    case 'group': {
      const targets = [participantInfo(pick(simulation, PEOPLE)), application(callee), application(third)]
      const different = targets.filter(
        ({ identity }, index) => targets.findIndex((other) => other.identity.id === identity.id) === index,
      )
      return [{ ...callAs(caller), targets: different, ...chooseIds(simulation, different) }]
    }
    case 'meeting': {
      const { chatInfo, meetingInfo } = meeting()
      return REGISTERED.slice(0, 2 + Math.floor(simulation.random() * 2)).map((id) => ({
        ...callAs(id),
        targets: [],
        ...(chatInfo && { chatInfo }),
        ...(meetingInfo && { meetingInfo }),
      }))
    }
    default:
      return [{ ...incomingCall, applicationId: caller, to: application(caller).identity }]
  }
}

/** Sends random commands to random calls. */
async function drive(simulation: Simulation): Promise<void> {
  for (let count = 0; count < COMMANDS; count++) {
    await simulation.sleep(simulation.random() * 8_000)
    const { calls } = await readStoredCalls(simulation)
    const active = [...calls.values()].filter(({ state }) => state !== 'terminated')
    if (active.length === 0) continue
    const call = pick(simulation, active)
    const command = chooseCommand(simulation, call)
    const reply = await simulation.requestUntilAnswered<unknown>(command.type, (service, request) =>
      'personId' in command
        ? actInCallOfPerson(service, command.personId, call.id, () => command)
        : changeCall(service, call.id, command, { ...noAuthorization, request }),
    )
    if (!reply || 'value' in reply || isRefusal(reply.error)) continue
    if (!['StorageUnavailable', 'TooManyConflicts'].includes(reply.error.name)) throw reply.error
  }
}

function chooseCommand(simulation: Simulation, call: Call): Command {
  if (call.state === 'incoming') {
    return pick<Command>(simulation, [
      answer,
      answer,
      answer,
      { type: 'reject', reason: 'busy' },
      redirectTo(simulation),
    ])
  }
  const others = otherParticipants(call)
  const participantId = others.length > 0 ? pick(simulation, others).id : 'unknown'
  const personId = pick(simulation, [...PEOPLE, ...others.map(({ info }) => info.identity.id)])
  const target = chooseTarget(simulation)
  const legs = chooseIds(simulation, [target])
  const transferee = call.isGroup && others.length > 0 ? { transferee: pick(simulation, others).info } : {}
  return pick<Command>(simulation, [
    { type: 'mute' },
    { type: 'unmute' },
    { type: 'hangUp' },
    { type: 'subscribeToTone' },
    { type: 'sendDtmfTones', tones: ['tone1', 'pound'] },
    { type: 'muteParticipant', participantId },
    { type: 'muteAll' },
    { type: 'deleteParticipant', participantId },
    { type: 'updateRecordingStatus', status: pick(simulation, ['recording', 'notRecording']) },
    { type: 'invite', participants: [target], ...legs },
    { type: 'invite', participants: [target], ...legs },
    { type: 'transfer', target, ...transferee, ...legs },
    { type: 'transfer', target, ...transferee, ...legs },
    { type: 'personJoins', info: participantInfo(pick(simulation, PEOPLE)) },
    { type: 'personJoins', info: participantInfo(pick(simulation, PEOPLE)), isInLobby: true },
    { type: 'personIsAdmitted', personId },
    { type: 'personMutes', personId },
    { type: 'personUnmutes', personId },
    { type: 'personLeaves', personId },
    { type: 'personShares', personId },
    { type: 'personStopsSharing', personId },
    { type: 'personPresses', personId, tone: 'star' },
  ])
}

const chooseTarget = (simulation: Simulation): ParticipantInfo =>
  pick(simulation, [...PEOPLE.map(participantInfo), ...APPLICATIONS.map(application), application('beta')])

function redirectTo(simulation: Simulation): Command {
  const targets = [chooseTarget(simulation)]
  return { type: 'redirect', targets, ...chooseIds(simulation, targets) }
}

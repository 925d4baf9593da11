import { expect, test } from 'vitest'
import type { CallState } from '../../../shared/calls/call.js'
import type { Command, CreationCommand } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { replaySince } from '../../../shared/delivery/deliveries.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { Service } from '../../../shared/service/service.js'
import type { CallRecord, ClientRequest } from '../../../shared/storage/records.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { NO_FAULTS } from './faults.js'
import { type Options, Simulation, START } from './simulation.js'
import { findLongestWait, findViolations, newClientLog } from './violations.js'

// A flow with every kind of command, timer, saga step and drain. A host dies at each crash point of it, and again
// during the recovery.

/** How often the client of the flow sends a request that is not answered, before it builds a new one. */
const ATTEMPTS = 4
/** The commands and the calls of the flow below. */
const COMMANDS = 34
const CALLS = 9
/** Ends by itself while the flow goes on. */
const RECORD: Command = {
  type: 'recordResponse',
  prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }],
  bargeInAllowed: false,
  settings: { initialSilenceMs: 1_000, maxSilenceMs: 1_000, maxDurationMs: 5_000, stopTones: ['pound'] },
  recordingsUrl: 'https://ringback.example/recordings',
}
/** A client without a reply repeats its request after half a minute: the call must still wait for its answer then. */
const SETTINGS = { ANSWER_TIMEOUT_MS: '300000' }
/** The callback misses these notifications of a meeting, and the call continues without them. */
const SKIPPED = [2, 3, 6]
const SKIP_SETTINGS = { ...SETTINGS, NOTIFICATION_MAX_ATTEMPTS: '1', ON_DEAD_LETTER: 'skip' }
/** Longer than the recovery from two crashes. */
const SKIPPED_WITHIN_MS = 120_000
const DURATION_MS = 600_000
/** A lease of 30 s and a sweep of 10 s (docs/delivery.md, Operations), the skew of the clocks, and the requests. */
const MAX_RECOVERY_MS = 45_000
/** The distance of the second crash from the first, in crash points: it hits the recovery from the first. */
const SECOND_CRASH_AFTER = [1, 2, 3, 5, 8, 13, 21]
/** Some 6,600 runs take 40 s on a quiet core, and many times that on a busy machine. */
const TIME_LIMIT_MS = 15 * 60_000

interface Outcome {
  readonly violations: readonly string[]
  readonly crashPoints: number
  readonly longestWaitMs: number
  /** How often a notification was dead-lettered on its own. */
  readonly deadLetters: number
}

async function playWithCrashes(
  crashAt: ReadonlySet<number>,
  play: (simulation: Simulation, refused: Set<number>) => Promise<void> = playFlow,
  options: Pick<Options, 'settings' | 'accounts'> = { settings: SETTINGS },
): Promise<Outcome> {
  const refused = new Set<number>()
  const simulation = new Simulation(1, { faults: NO_FAULTS, crashAt, refused, ...options })
  let isFinished = false
  const flow = play(simulation, refused).then(() => {
    isFinished = true
  })
  await simulation.time.runUntil(START + DURATION_MS)
  const clients = { ...newClientLog(), createRequests: CALLS, commands: COMMANDS }
  const violations = await findViolations(simulation, clients)
  if (isFinished) await flow
  else violations.push('the flow is not finished')
  const { crashPoints, deadLetters } = simulation
  return { violations, crashPoints, deadLetters: deadLetters.length, longestWaitMs: findLongestWait(simulation) }
}

/** A client that sends its next command when the last one was accepted. */
class Client {
  readonly #simulation: Simulation

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  async request(run: (service: Service, request: ClientRequest) => Promise<ChangedCall>): Promise<ChangedCall> {
    for (;;) {
      const reply = await this.#simulation.requestUntilAnswered('step', run, ATTEMPTS)
      if (reply && 'value' in reply) return reply.value
      // The rules refuse a command that comes too early, for example before the call is established.
      if (reply && !(reply.error instanceof CallError)) throw reply.error
      await this.#simulation.sleep(1_000)
    }
  }

  change(callId: string, command: Command): Promise<ChangedCall> {
    return this.request((service, request) => changeCall(service, callId, command, { authorize, request }))
  }

  async create(command: CreationCommand, dialect: 'app' | 'communications'): Promise<string> {
    const { call } = await this.request((service, request) =>
      createCall(service, { ...command, id: service.newId() }, dialect, request),
    )
    return call.id
  }

  /** Sends a command until the call has this state: a command whose reply a crash has lost is refused the next time. */
  async changeUntil(state: CallState, callId: string, command: Command): Promise<void> {
    const change = (service: Service) => changeCall(service, callId, command, { authorize })
    while ((await readState(this.#simulation, callId)) !== state) {
      await this.#simulation.request('step', change)
      await this.#simulation.sleep(1_000)
    }
  }

  /** Transfers a call to a person who is in another call (a consultative transfer). */
  transfer(callId: string, consultationId: string, personId: string): Promise<ChangedCall> {
    const target = { ...participantInfo(personId), replacesCallId: consultationId }
    return this.request((service, request) => {
      const buildTransfer = async () => {
        const replaces = await findReplacedParticipant(service, callId, { invitation: target, path: '' }, authorize)
        return { type: 'transfer', target, replaces } as const
      }
      return changeCall(service, callId, buildTransfer, { authorize, request })
    })
  }

  /** Invites a person from one call into another (`replacesCallId`). */
  replace(oldCallId: string, newCallId: string, personId: string): Promise<ChangedCall> {
    const invitation = { ...participantInfo(personId), replacesCallId: oldCallId }
    return this.request((service, request) => {
      const buildInvite = async () => {
        const replaces = await findReplacedParticipant(service, newCallId, { invitation, path: '' }, authorize)
        return { type: 'invite', participants: [invitation], replaces } as const
      }
      return changeCall(service, newCallId, buildInvite, { authorize, request })
    })
  }
}

const authorize = () => undefined

async function playFlow(simulation: Simulation): Promise<void> {
  const client = new Client(simulation)
  const oldCall = await playOldCall(client)
  await playShortCalls(simulation, client)
  const newCall = await playMeeting(client)
  await client.replace(oldCall, newCall, 'ann')
  while ((await readState(simulation, oldCall)) !== 'terminated') await simulation.sleep(500)
  await client.change(newCall, { type: 'mute' })
  await client.change(newCall, { type: 'unmute' })
  await client.change(newCall, { type: 'hangUp' })
}

/** Plays a call that is redirected, one that is transferred, and one that is transferred after a consultation. */
async function playTransfers(simulation: Simulation): Promise<void> {
  const client = new Client(simulation)
  const redirected = await client.create({ ...incomingCall, from: participantInfo('ann') }, 'app')
  const deputies = [participantInfo('bob'), participantInfo('cleo')]
  await client.changeUntil('redirecting', redirected, { type: 'redirect', targets: deputies })
  const decline = { type: 'personDeclines', personId: 'bob' } as const
  await simulation.request('decline', (service) => changeCall(service, redirected, decline, { authorize }))
  await client.changeUntil('terminated', redirected, { type: 'personAnswers', personId: 'cleo' })

  const transferred = await playAnsweredCall(client, 'dora', 'app')
  await client.changeUntil('transferring', transferred, { type: 'transfer', target: participantInfo('emil') })
  await client.changeUntil('established', transferred, { type: 'personDeclines', personId: 'emil' })
  await client.changeUntil('transferring', transferred, { type: 'transfer', target: participantInfo('fay') })
  await client.changeUntil('terminated', transferred, { type: 'personAnswers', personId: 'fay' })

  const caller = await playAnsweredCall(client, 'gus', 'communications')
  const consultation = await playAnsweredCall(client, 'heidi', 'communications')
  await client.transfer(caller, consultation, 'heidi')
  for (const callId of [caller, consultation]) {
    while ((await readState(simulation, callId)) !== 'terminated') await simulation.sleep(500)
  }
}

async function playAnsweredCall(client: Client, personId: string, dialect: 'app' | 'communications'): Promise<string> {
  const callId = await client.create({ ...incomingCall, from: participantInfo(personId) }, dialect)
  await client.changeUntil('established', callId, answer)
  return callId
}

/** Plays a meeting whose callback refuses some notifications, which are skipped, and then accepts their replay. */
async function playSkippingCall(simulation: Simulation, refused: Set<number>): Promise<void> {
  for (const sequence of SKIPPED) refused.add(sequence)
  const client = new Client(simulation)
  const callId = await playMeeting(client)
  await simulation.sleep(SKIPPED_WITHIN_MS)
  refused.clear()
  while (!(await simulation.requestUntilAnswered('replay', (service) => replaySince(service, 0), ATTEMPTS)));
  await client.change(callId, { type: 'mute' })
  await client.change(callId, { type: 'hangUp' })
}

async function playOldCall(client: Client): Promise<string> {
  const callId = await client.create({ ...incomingCall, from: participantInfo('ann') }, 'app')
  await client.change(callId, answer)
  await client.change(callId, { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] })
  await client.change(callId, RECORD)
  await client.change(callId, { type: 'personSpeaks', personId: 'ann', durationMs: 1_000 })
  await client.change(callId, { type: 'cancelMediaProcessing' })
  await client.change(callId, RECORD)
  return callId
}

/** Plays a call that the bot rejects, a call that ends because the bot does not answer, and a call that is declined. */
async function playShortCalls(simulation: Simulation, client: Client): Promise<void> {
  const rejected = await client.create({ ...incomingCall, from: participantInfo('bob') }, 'communications')
  await client.change(rejected, { type: 'reject', reason: 'busy' })
  await client.create({ ...incomingCall, from: participantInfo('cleo') }, 'app')
  const outgoing = await client.create(outgoingCall('dora'), 'app')
  // Sent once: after a crash the person may have answered already, and the rules refuse to decline.
  const decline = { type: 'personDeclines', personId: 'dora' } as const
  await simulation.request('decline', (service) => changeCall(service, outgoing, decline, { authorize }))
}

async function playMeeting(client: Client): Promise<string> {
  const callId = await client.create(meeting(['audio']), 'communications')
  const commands: Command[] = [
    { type: 'invite', participants: [participantInfo('heidi')] },
    { type: 'keepAlive' },
    { type: 'subscribeToTone' },
    { type: 'personPresses', personId: 'heidi', tone: 'tone1' },
    { type: 'personMutes', personId: 'heidi' },
    { type: 'personUnmutes', personId: 'heidi' },
    { type: 'personJoins', info: participantInfo('emil') },
    { type: 'personLeaves', personId: 'emil' },
  ]
  for (const command of commands) await client.change(callId, command)
  return callId
}

async function readState({ tables }: Simulation, callId: string): Promise<string | undefined> {
  return (await tables.get<CallRecord>('calls', callId, 'call'))?.value.call.state
}

test('a host may die at every crash point, and again during the recovery', { timeout: TIME_LIMIT_MS }, async () => {
  const { crashPoints, longestWaitMs } = await playAllCrashes((crashes) => playWithCrashes(crashes))
  expect(crashPoints).toBeGreaterThan(200)
  expect(longestWaitMs).toBeLessThan(MAX_RECOVERY_MS)
})

test('a host may die at every crash point of a call that skips and replays', { timeout: TIME_LIMIT_MS }, async () => {
  const playWith = (crashes: ReadonlySet<number>) =>
    playWithCrashes(crashes, playSkippingCall, { settings: SKIP_SETTINGS })
  const { crashPoints, longestWaitMs, deadLetters } = await playAllCrashes(playWith)
  expect(crashPoints).toBeGreaterThan(100)
  expect(longestWaitMs).toBeLessThan(MAX_RECOVERY_MS)
  expect(deadLetters).toBe(SKIPPED.length)
})

test('a host may die at every crash point of redirects and transfers', { timeout: TIME_LIMIT_MS }, async () => {
  const settings = { ...SETTINGS, SIMULATOR_DEFAULT: 'wait', RING_TIMEOUT_MS: '300000' }
  const { crashPoints, longestWaitMs } = await playAllCrashes((crashes) =>
    playWithCrashes(crashes, playTransfers, { settings }),
  )
  expect(crashPoints).toBeGreaterThan(100)
  expect(longestWaitMs).toBeLessThan(MAX_RECOVERY_MS)
})

test('a host may die at every crash point with two storage accounts', { timeout: TIME_LIMIT_MS }, async () => {
  const options = { settings: SETTINGS, accounts: 2 }
  // Only one crash in each run: the recovery from a second crash does not depend on the number of accounts.
  const { crashPoints, longestWaitMs } = await playAllCrashes(
    (crashes) => playWithCrashes(crashes, playFlow, options),
    [],
  )
  expect(crashPoints).toBeGreaterThan(100)
  expect(longestWaitMs).toBeLessThan(MAX_RECOVERY_MS)
})

/**
 * Plays a run for each crash point and for each second crash; none may violate a guarantee. Returns the outcome of the
 * run without a crash, and the longest wait of the runs with one.
 */
async function playAllCrashes(
  playWith: (crashAt: ReadonlySet<number>) => Promise<Outcome>,
  secondCrashAfter = SECOND_CRASH_AFTER,
): Promise<Outcome> {
  const { crashPoints, violations, deadLetters } = await playWith(new Set())
  expect(violations).toEqual([])
  const failures: string[] = []
  let [runs, longestWaitMs] = [0, 0]
  const play = async (...crashes: number[]) => {
    const outcome = await playWith(new Set(crashes))
    runs += 1
    if (crashes.length === 1) longestWaitMs = Math.max(longestWaitMs, outcome.longestWaitMs)
    if (outcome.violations.length > 0) failures.push(`${crashes.join(' and ')}: ${outcome.violations.join('; ')}`)
  }
  for (let point = 1; point <= crashPoints; point++) {
    await play(point)
    for (const distance of secondCrashAfter) await play(point, point + distance)
  }
  console.log(`${crashPoints} crash points, ${runs} runs; after one crash the longest wait was ${longestWaitMs} ms`)
  expect(failures, 'crash points and their violations').toEqual([])
  return { violations, crashPoints, deadLetters, longestWaitMs }
}

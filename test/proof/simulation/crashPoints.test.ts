import { expect, test } from 'vitest'
import type { Command } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { Service } from '../../../shared/service/service.js'
import type { ClientRequest } from '../../../shared/storage/records.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import { NO_FAULTS } from './faults.js'
import { longestWait, nothingPromised, violationsOf } from './run.js'
import { Simulation, START } from './simulation.js'

// One flow with every kind of command, timer, saga step and drain; a host dies at each point of it, and again while it recovers.

const PATIENCE = 4
/** The steps of the flow below. */
const COMMANDS = 22
const CALLS = 5
/** A client that was not answered asks again after half a minute; that is no reason to miss the call. */
const SETTINGS = { ANSWER_TIMEOUT_MS: '300000' }
const LASTS_MS = 600_000
/** A lease, the skew of the clocks, a sweep, and what else is under way: the promise of the README. */
const RECOVERS_WITHIN_MS = 45_000
/** How many points after the first crash the second one comes: these are the recovery of the first. */
const SECOND_AFTER = [1, 2, 3, 5, 8, 13, 21]

interface Played {
  readonly violations: readonly string[]
  readonly points: number
  readonly slowestMs: number
}

async function play(crashAt: ReadonlySet<number>): Promise<Played> {
  const simulation = new Simulation(1, { faults: NO_FAULTS, crashAt, settings: SETTINGS })
  const promised = nothingPromised()
  let finished = false
  const flow = playFlow(simulation).then(() => {
    finished = true
  })
  await simulation.time.runUntil(START + LASTS_MS)
  promised.creates = CALLS
  promised.commands = COMMANDS
  const violations = await violationsOf(simulation, promised)
  if (!finished) violations.push('the flow has not come to its end')
  else await flow
  return { violations, points: simulation.points, slowestMs: longestWait(simulation) }
}

/** A client that goes on with the next step when the last was accepted. */
async function playFlow(simulation: Simulation): Promise<void> {
  const ask = async (run: (service: Service, request: ClientRequest) => Promise<ChangedCall>): Promise<ChangedCall> => {
    for (;;) {
      const reply = await simulation.requestUntilAnswered('step', run, PATIENCE)
      if (reply && 'value' in reply) return reply.value
      // Not yet established, say.
      if (reply && !(reply.error instanceof CallError)) throw reply.error
      await simulation.sleep(1_000)
    }
  }
  const change = (callId: string, command: Command) =>
    ask((service, request) => changeCall(service, callId, command, { authorize: () => undefined, request }))
  const make = (command: typeof incomingCall | ReturnType<typeof meeting>, dialect: 'app' | 'communications') =>
    ask((service, request) => createCall(service, { ...command, id: service.newId() }, dialect, request))

  const { call: old } = await make({ ...incomingCall, from: person('ann') }, 'app')
  await change(old.id, answer)
  await change(old.id, { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] })
  await change(old.id, { type: 'cancelMediaProcessing' })
  const { call: refused } = await make({ ...incomingCall, from: person('bob') }, 'communications')
  await change(refused.id, { type: 'reject', reason: 'busy' })
  // Nobody answers: that it is missed is a timer's affair.
  await make({ ...incomingCall, from: person('cleo') }, 'app')
  const { call: outgoing } = await make(outgoingCall('dora'), 'app')
  // Too late when the host has died meanwhile, and she has picked up by herself.
  const decline = { type: 'personDeclines', personId: 'dora' } as const
  await simulation.request('decline', (service) =>
    changeCall(service, outgoing.id, decline, { authorize: () => undefined }),
  )
  const { call: now } = await make(meeting(['audio']), 'communications')
  await change(now.id, { type: 'invite', participants: [person('heidi')] })
  await change(now.id, { type: 'keepAlive' })
  await change(now.id, { type: 'subscribeToTone' })
  await change(now.id, { type: 'personPresses', personId: 'heidi', tone: 'tone1' })
  await change(now.id, { type: 'personMutes', personId: 'heidi' })
  await change(now.id, { type: 'personUnmutes', personId: 'heidi' })
  await change(now.id, { type: 'personJoins', info: person('emil') })
  await change(now.id, { type: 'personLeaves', personId: 'emil' })
  const ann = { ...person('ann'), replacesCallId: old.id }
  await ask((service, request) => {
    const invite = async () => {
      const replaces = await findReplacedParticipant(service, now.id, ann, () => undefined)
      return { type: 'invite', participants: [ann], replaces } as const
    }
    return changeCall(service, now.id, invite, { authorize: () => undefined, request })
  })
  // Until the old call has ended, and the bot knows.
  while (
    (await simulation.tables.get<{ call: { state: string } }>('calls', old.id, 'call'))?.value.call.state !==
    'terminated'
  ) {
    await simulation.sleep(500)
  }
  await change(now.id, { type: 'mute' })
  await change(now.id, { type: 'unmute' })
  await change(now.id, { type: 'hangUp' })
}

test('a host may die at every point, and once more while the work is recovered', { timeout: 240_000 }, async () => {
  const { points, violations } = await play(new Set())
  expect(violations).toEqual([])
  const wrong: string[] = []
  let [crashes, slowestMs] = [0, 0]
  const look = async (...at: number[]) => {
    const run = await play(new Set(at))
    crashes += 1
    slowestMs = Math.max(slowestMs, at.length === 1 ? run.slowestMs : 0)
    if (run.violations.length > 0) wrong.push(`dead at ${at.join(' and ')}: ${run.violations.join('; ')}`)
  }
  for (let point = 1; point <= points; point++) await look(point)
  for (let point = 1; point <= points; point++) for (const later of SECOND_AFTER) await look(point, point + later)
  console.log(`${points} points, ${crashes} runs; after one crash no notification waited longer than ${slowestMs} ms`)
  expect(wrong).toEqual([])
  expect(points).toBeGreaterThan(200)
  expect(slowestMs).toBeLessThan(RECOVERS_WITHIN_MS)
})

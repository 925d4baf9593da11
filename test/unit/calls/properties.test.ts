import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call, Decision, RuleContext, Timer } from '../../../shared/calls/call.js'
import type { Command, CreationCommand } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { creationRules, rules } from '../../../shared/calls/rules.js'
import { answer, contextAt, decideNext, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'

// Any sequence of commands and timers, the senseless ones too.

const PEOPLE = ['caller', 'ann', 'bob', 'Ann']
const anybody = fc.constantFrom(...PEOPLE)
const beginning = fc.constantFrom<CreationCommand>(
  incomingCall,
  outgoingCall('ann'),
  outgoingCall('ann', 'bob'),
  meeting(),
  meeting(['audio']),
)
const outcome = fc.constantFrom('completed', 'failed', 'running')
/**
 * `timer`: the next timer of the call fires when it is due; a step of a move has the outcome that another call gave it.
 * `silence`: nothing happens until the call should have been kept alive, which else would end most histories early.
 * `reserve`: another call's invitation takes hold of the participant in this place of the roster.
 */
type Move =
  | Command
  | { readonly type: 'timer'; readonly outcome: 'completed' | 'failed' | 'running' }
  | { readonly type: 'silence' }
  | { readonly type: 'reserve'; readonly place: number; readonly operationId: string }
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: outcome.map((one): Move => ({ type: 'timer', outcome: one as 'completed' })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(4), fc.constantFrom('one', 'other'))
      .map(([place, operationId]): Move => ({ type: 'reserve', place, operationId })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anybody, fc.boolean()).map(([id, others]): Move => {
      const replaces = { callId: 'old call', participantId: 'there', info: person(id) }
      const participants = [{ ...person(id), replacesCallId: 'old call' }, ...(others ? [person('eve')] : [])]
      return { type: 'invite', participants, replaces }
    }),
  },
  { weight: 2, arbitrary: fc.constant<Move>(answer) },
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(anybody, { minLength: 1, maxLength: 3, selector: (id) => id.toLowerCase() })
      .map((ids): Move => ({ type: 'invite', participants: ids.map(person) })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('personAnswers', 'personDeclines', 'personIsBusy', 'personLeaves'), anybody)
      .map(([type, personId]): Move => ({ type, personId }) as Move),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('personMutes', 'personUnmutes', 'personPresses'), anybody)
      .map(([type, personId]): Move => ({ type, personId, tone: 'star' }) as Move),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Move>(
      { type: 'mute' },
      { type: 'unmute' },
      { type: 'keepAlive' },
      { type: 'subscribeToTone' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Move>(
      { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'beep.wav' } }] },
      { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'music.wav' }, loop: 0 }] },
      { type: 'cancelMediaProcessing' },
    ),
  },
  { weight: 2, arbitrary: anybody.map((id): Move => ({ type: 'personJoins', info: person(id) })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Move>({ type: 'hangUp' }, { type: 'silence' }, { type: 'reject', reason: 'busy' }),
  },
)
const history = fc.record({
  first: beginning,
  moves: fc.array(move, { maxLength: 30, size: 'max' }),
  inviteConvertsToGroup: fc.boolean(),
})

/** Plays a history and shows each step, the refused ones with their error. */
function playAll(
  {
    first,
    moves,
    inviteConvertsToGroup,
  }: { first: CreationCommand; moves: readonly Move[]; inviteConvertsToGroup: boolean },
  check: (
    before: Call | undefined,
    command: Command | CreationCommand,
    context: () => RuleContext,
    result: Decision | CallError,
  ) => void,
): void {
  let call: Call | undefined
  let now = 0
  for (const one of [first, ...moves]) {
    let command = one as Command | CreationCommand
    now += 1000
    if (one.type === 'timer' || one.type === 'silence') {
      const timer = call?.timers
        .filter((timer) => (timer.command.type === 'keepAliveTimedOut') === (one.type === 'silence'))
        .toSorted((a, b) => a.at - b.at)[0]
      if (!call || !timer) continue
      now = Math.max(now, timer.at)
      call = { ...call, timers: call.timers.filter((other) => other !== timer) }
      command = toCommand(timer.command, one.type === 'timer' ? one.outcome : undefined)
    }
    if (one.type === 'reserve') {
      const participantId = call?.participants[one.place]?.id ?? 'nobody'
      command = {
        type: 'reserveParticipant',
        participantId,
        newCallId: 'new call',
        operationId: one.operationId,
        since: 0,
      }
    }
    const context = () => contextAt(now, { inviteConvertsToGroup })
    const result = attempt(deepFreeze(call), command, context())
    check(call, command, context, result)
    if (!(result instanceof CallError)) call = result.call
  }
}

/** What the other call has to say is up to chance here; test/unit/engine/replaceCall.test.ts plays both. */
function toCommand(command: Timer['command'], result: 'completed' | 'failed' | 'running' = 'running'): Command {
  if (command.type === 'awaitReplacement') return { ...command, type: 'releaseParticipant', outcome: result }
  if (command.type !== 'replaceParticipant') return command
  return { ...command, type: result === 'completed' ? 'replacementCompleted' : 'replacementFailed' }
}

function attempt(
  call: Call | undefined,
  command: Command | CreationCommand,
  context: RuleContext,
): Decision | CallError {
  try {
    return decideNext(call, command, context)
  } catch (error) {
    if (error instanceof CallError) return error
    throw error
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}

const runs = { numRuns: 2_000 }

/** Every row of the two tables: the state before, the command, the state after. */
const ROWS = [
  ...Object.entries(creationRules).map(([command, { to }]) => `none ${command} ${to}`),
  ...Object.entries(rules).flatMap(([command, { from }]) =>
    Object.entries(from).flatMap(([state, targets]) => targets.map((to) => `${state} ${command} ${to}`)),
  ),
]

test('every change is a row of the transition table', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(history, (one) => {
      playAll(one, (before, command, _, result) => {
        if (result instanceof CallError) return
        const row = `${before?.state ?? 'none'} ${command.type} ${result.call.state}`
        expect(ROWS, row).toContain(row)
        seen.add(row)
      })
    }),
    // A fixed seed, because reaching every row takes luck that must not change from run to run.
    { numRuns: 20_000, seed: 1 },
  )
  // Every row must happen: a row that nothing reaches would be wrong in the diagram.
  expect([...seen].toSorted()).toEqual(ROWS.toSorted())
})

test('no command moves a call that has ended', () => {
  fc.assert(
    fc.property(history, (one) => {
      playAll(one, (before, _command, _context, result) => {
        if (before?.state === 'terminated') expect(result).toMatchObject({ code: 'callNotFound' })
      })
    }),
    runs,
  )
})

test('the events match the change, in order', () => {
  fc.assert(
    fc.property(history, (one) => {
      playAll(one, (before, _command, _context, result) => {
        if (result instanceof CallError) return
        const { call, operations, events } = result
        const types = events.map(({ type }) => type)
        const states = types.filter(
          (type) => !['rosterUpdated', 'operationEnded', 'mediaStateChanged', 'tonePressed'].includes(type),
        )
        expect(states).toEqual(before?.state === call.state ? [] : [call.state])

        const rosterOf = (of: Call | undefined) => JSON.stringify(of?.participants ?? [])
        const changes = rosterOf(before) !== rosterOf(call) && call.isGroup
        expect(types.filter((type) => type === 'rosterUpdated')).toHaveLength(changes ? 1 : 0)

        const speaks = before?.mediaState !== call.mediaState
        expect(types.filter((type) => type === 'mediaStateChanged')).toHaveLength(speaks ? 1 : 0)

        const tones = events.flatMap((each) => (each.type === 'tonePressed' ? [each.tone.sequenceId] : []))
        const pressed = before?.lastToneId !== undefined && call.lastToneId !== before.lastToneId
        expect(tones).toEqual(pressed ? [(before.lastToneId ?? 0) + 1] : [])

        const ran = new Set(before?.operations.flatMap(({ id, type }) => (type === 'answer' ? [] : id)))
        const over = operations.filter(({ status, id }) => status !== 'running' && ran.has(id))
        const told = events.flatMap((each) => (each.type === 'operationEnded' ? [each.operation] : []))
        expect(told).toEqual(over)

        const last = events.at(-1)
        if (last && last.type !== 'operationEnded') expect(rosterOf(last.call)).toEqual(rosterOf(call))
        if (call.state === 'terminated') expect(last?.type).toBe('terminated')
      })
    }),
    runs,
  )
})

test('a call is always whole', () => {
  fc.assert(
    fc.property(history, (one) => {
      playAll(one, (_before, _command, _context, result) => {
        if (result instanceof CallError) return
        const { call } = result
        const inIt = [...call.participants, ...call.ringing].map(({ info }) => info.identity.id.toLowerCase())
        expect(new Set(inIt).size, 'nobody is in it twice').toBe(inIt.length)

        const ringing = call.ringing.map(({ participantId }) => participantId)
        const settled = call.timers
          .filter(({ command }) => command.type === 'ringTimedOut' || command.type === 'replaceParticipant')
          .map((timer) => timer.participantId)
        expect(settled.toSorted(), 'whoever rings or is on the way comes or is given up on').toEqual(ringing.toSorted())
        const about = call.timers.flatMap(({ participantId }) => participantId ?? [])
        const here = [...ringing, ...call.participants.map(({ id }) => id)]
        expect(
          about.filter((id) => !here.includes(id)),
          'no timer is about somebody who has gone',
        ).toEqual([])

        const invitations = call.operations.filter(({ type }) => type === 'inviteParticipants').map(({ id }) => id)
        const rung = new Set(call.ringing.flatMap(({ operationId }) => operationId ?? []))
        expect(invitations.toSorted(), 'an operation runs as long as somebody rings for it').toEqual(
          [...rung].toSorted(),
        )

        const [first] = call.operations.filter(({ type }) => type === 'playPrompt')
        const playing = call.timers.filter(({ command }) => command.type === 'promptFinished').map(({ id }) => id)
        const endless = first?.prompts?.some(({ loop }) => loop === 0)
        expect(playing, 'the first of the prompts plays').toEqual(first && !endless ? [`prompt:${first.id}`] : [])

        const deadlines = call.timers.filter(({ command }) => command.type === 'keepAliveTimedOut')
        expect(deadlines, 'an established call waits for its bot').toHaveLength(call.state === 'established' ? 1 : 0)

        if (call.state === 'terminated') {
          expect([call.timers, call.ringing, call.operations], 'the end is the end').toEqual([[], [], []])
        } else if (call.state !== 'established') {
          expect(call.timers.length, `something will move a call that is ${call.state}`).toBeGreaterThan(0)
        }
      })
    }),
    runs,
  )
})

test('the same command on the same state decides the same', () => {
  fc.assert(
    fc.property(history, (one) => {
      playAll(one, (before, command, context, result) => {
        expect(attempt(before, command, context())).toEqual(result)
      })
    }),
    { numRuns: 500 },
  )
})

import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { TimerMessage } from '../../../shared/storage/queues.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import { PROPERTY_RUNS } from '../../support/sizes.js'
import { newWorld, present, type World } from '../../support/world.js'

// Ann is moved between calls while everything else happens as well, in any order, and processes die on the way.

const OLD = 'old call'
const NEW = 'new call'
const OTHER = 'other call'

const anybody = () => undefined
const change = (world: World, callId: string, command: Command) =>
  changeCall(world.service, callId, command, { authorize: anybody })

/** What the endpoint does: look where she is, then invite. */
async function move(world: World, to: string, others: readonly string[] = []): Promise<string> {
  const ann = { ...person('ann'), replacesCallId: OLD }
  const replaces = await findReplacedParticipant(world.service, to, ann, anybody)
  const participants = [ann, ...others.map(person)]
  const { operations } = await change(world, to, { type: 'invite', participants, replaces })
  return present(operations[0]).id
}

/** Ann in a peer-to-peer call or with Bob in a group call, and two meetings with the bot alone. */
async function newCalls(group: boolean): Promise<World> {
  const world = newWorld()
  if (group) {
    await world.create({ ...outgoingCall('ann', 'bob'), id: OLD })
    await change(world, OLD, { type: 'personAnswers', personId: 'ann' })
    await change(world, OLD, { type: 'personAnswers', personId: 'bob' })
  } else {
    await world.create({ ...incomingCall, id: OLD, from: person('ann') })
    await change(world, OLD, answer)
  }
  for (const id of [NEW, OTHER]) await world.create({ ...meeting(), id })
  await world.run(2_000)
  return world
}

const callOf = async (world: World, id: string): Promise<Call> =>
  present((await world.service.calls.read(id)).record).call
/** The timers that wait for anything but the bot's next sign of life. */
const unfinished = ({ timers }: Call) => timers.filter(({ command }) => command.type !== 'keepAliveTimedOut')
const has = (call: Call, who: string) =>
  call.state === 'established' && call.participants.some(({ info }) => info.identity.id === who)
const whereIs = async (world: World, who: string) =>
  (await Promise.all([OLD, NEW, OTHER].map((id) => callOf(world, id))))
    .filter((one) => has(one, who))
    .map(({ id }) => id)

test('who is moved comes into the new call, and the peer-to-peer call ends after that', async () => {
  const world = await newCalls(false)
  const operationId = await move(world, NEW)
  expect(await whereIs(world, 'ann')).toEqual([OLD])
  await world.run(5_000)

  expect(await whereIs(world, 'ann')).toEqual([NEW])
  expect(await callOf(world, OLD)).toMatchObject({ state: 'terminated', endReason: 'replaced', timers: [] })
  const operation = await world.service.calls.readOperation(NEW, operationId)
  expect(operation).toMatchObject({ status: 'completed', hasReplacementJoined: true, resultInfo: { code: 200 } })
  expect(unfinished(await callOf(world, NEW))).toEqual([])
})

test('a group call goes on without the one who was moved', async () => {
  const world = await newCalls(true)
  await move(world, NEW)
  await world.run(5_000)

  expect(await whereIs(world, 'ann')).toEqual([NEW])
  expect(await whereIs(world, 'bob')).toEqual([OLD])
  expect(unfinished(await callOf(world, OLD))).toEqual([])
})

test('the old call stays until everybody else who was invited has come or will not', async () => {
  const world = await newCalls(false)
  await move(world, NEW, ['bob'])
  await world.run(10_000)
  expect(await whereIs(world, 'ann')).toEqual([OLD, NEW])
  await change(world, NEW, { type: 'personDeclines', personId: 'bob' })
  await world.run(30_000)
  expect(await whereIs(world, 'ann')).toEqual([NEW])
})

test('who hangs up before they could be moved stays away, and the invitation fails', async () => {
  const world = await newCalls(false)
  const operationId = await move(world, NEW)
  await change(world, OLD, { type: 'personLeaves', personId: 'ann' })
  await world.run(1_000)

  expect(await whereIs(world, 'ann')).toEqual([])
  const operation = await world.service.calls.readOperation(NEW, operationId)
  expect(operation).toMatchObject({ status: 'failed', resultInfo: { code: 481 } })
  expect(await callOf(world, OLD)).toMatchObject({ endReason: 'otherSideEnded' })
})

test('when the new call ends on the way, they stay where they are and can be moved elsewhere', async () => {
  const world = await newCalls(false)
  await move(world, NEW)
  await change(world, OLD, {
    type: 'reserveParticipant',
    participantId: present((await callOf(world, OLD)).participants[0]).id,
    newCallId: NEW,
    operationId: present((await callOf(world, NEW)).operations[0]).id,
    since: world.clock.now(),
  })
  await change(world, NEW, { type: 'hangUp' })
  await expect(move(world, OTHER)).rejects.toThrow('is being moved into another call')
  await world.run(20_000)
  expect(await whereIs(world, 'ann')).toEqual([OLD])

  await move(world, OTHER)
  await world.run(5_000)
  expect(await whereIs(world, 'ann')).toEqual([OTHER])
})

test('the old call ends when the bot has been told who has come, but does not wait for ever', async () => {
  const world = await newCalls(false)
  world.callback = () => ({ status: 500 })
  await move(world, NEW)
  await world.run(8_000)
  expect(await whereIs(world, 'ann')).toEqual([OLD, NEW])
  await world.run(30_000)
  expect(await whereIs(world, 'ann')).toEqual([NEW])
})

test('an invitation that only others have followed leaves the old call alone, however late its mover wakes up', async () => {
  const world = await newCalls(false)
  const { id: participantId } = present((await callOf(world, OLD)).participants[0])
  const reserve = (newCallId: string, operationId: string) =>
    change(world, OLD, { type: 'reserveParticipant', participantId, newCallId, operationId, since: world.clock.now() })
  const operationId = await move(world, NEW, ['bob'])
  await reserve(OTHER, 'an invitation into another call')
  await change(world, NEW, { type: 'personAnswers', personId: 'bob' })
  await world.run(30_000)
  expect(await world.service.calls.readOperation(NEW, operationId)).toMatchObject({
    status: 'completed',
    joinedCount: 1,
  })

  await reserve(NEW, operationId)
  await world.run(30_000)
  expect(await whereIs(world, 'ann')).toEqual([OLD])
})

test('nobody can answer or decline for somebody who is being moved', async () => {
  const world = await newCalls(false)
  await move(world, NEW)
  await expect(change(world, NEW, { type: 'personAnswers', personId: 'ann' })).rejects.toThrow('not ringing')
})

/** Who moves her dies at its n-th request to the storage; what has been announced since, as `callId sequence`. */
async function moveAndDie(n: number): Promise<{ world: World; died: boolean; announced: string[] }> {
  const world = await newCalls(false)
  await move(world, NEW)
  await world.run(500, { hints: false })
  const hint: TimerMessage = { callId: NEW, timer: present(unfinished(await callOf(world, NEW))[0]).id }
  let left = n
  const before = world.sent.length
  world.tables.before = async () => {
    if (left-- === 0) await new Promise(() => undefined)
  }
  const done = await Promise.race([fireCallTimer(world.service, hint).then(() => true), settled()])
  world.tables.before = () => undefined
  await world.run(60_000)
  return { world, died: !done, announced: world.sent.slice(before).map(({ id }) => id) }
}

/** False once nothing goes on any more: whoever waits now waits for ever. */
async function settled(): Promise<false> {
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve))
  return false
}

test('who moves her may die at any of its requests: she comes, once, and the old call ends', async () => {
  let points = 0
  for (let died = true; died; points++) {
    const run = await moveAndDie(points)
    died = run.died
    expect(await whereIs(run.world, 'ann'), `dead at request ${points}`).toEqual([NEW])
    expect(await callOf(run.world, OLD)).toMatchObject({ state: 'terminated', endReason: 'replaced' })
    // Completed, the roster, and the end of the old call; none of them twice.
    expect(run.announced).toHaveLength(3)
    expect(new Set(run.announced)).toHaveLength(3)
  }
  expect(points, 'points at which it died, and the run in which it did not').toBeGreaterThan(5)
})

type Action =
  | { readonly type: 'move'; readonly to: string; readonly others: readonly string[] }
  | { readonly type: 'command'; readonly callId: string; readonly command: Command }
  | { readonly type: 'hints' }

/** Each action begins at some time, and may die at one of its requests to the storage. */
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('move' as const),
      to: fc.constantFrom(NEW, NEW, OTHER),
      others: fc.constantFrom([], [], ['bob']),
    }),
  },
  { weight: 6, arbitrary: fc.constant<Action>({ type: 'hints' }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(OLD, NEW, OTHER),
        fc.constantFrom<Command>(
          { type: 'hangUp' },
          { type: 'personLeaves', personId: 'ann' },
          { type: 'personLeaves', personId: 'bob' },
          { type: 'personAnswers', personId: 'bob' },
          { type: 'personDeclines', personId: 'bob' },
          { type: 'personJoins', info: person('eve') },
        ),
      )
      .map(([callId, command]) => ({ type: 'command' as const, callId, command })),
  },
)
const life = fc.option(fc.nat(12), { nil: Number.POSITIVE_INFINITY, freq: 3 })
const actions = fc.array(fc.tuple(action, life), { minLength: 2, maxLength: 14, size: 'max' })

test('in any order, and whoever dies, she is never in two calls nor in none once things are quiet', async () => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.boolean(), actions, fc.scheduler(), async (group, all, scheduler) => {
      const world = await newCalls(group)
      const process = new AsyncLocalStorage<{ left: number }>()
      world.tables.before = async () => {
        const self = process.getStore()
        if (self && self.left-- <= 0) await new Promise(() => undefined)
        await scheduler.schedule(Promise.resolve())
      }
      let mayBeGone = false
      for (const [one, left] of all) {
        const run = async () => {
          await scheduler.schedule(Promise.resolve())
          if (one.type === 'move') await move(world, one.to, one.others)
          if (one.type === 'command') {
            // A command that dies may have happened; so it counts before.
            mayBeGone ||= one.command.type === 'hangUp' || /ann/.test(JSON.stringify(one.command))
            mayBeGone ||= one.command.type === 'personLeaves'
            await change(world, one.callId, one.command)
          }
          if (one.type === 'hints') await deliverHints(world)
        }
        void process.run({ left }, () => run().catch(expectRefusal))
      }
      await scheduler.waitIdle()

      world.tables.before = () => undefined
      await world.run(60_000)
      const calls = await Promise.all([OLD, NEW, OTHER].map((id) => callOf(world, id)))
      const places = calls.filter((call) => has(call, 'ann')).map(({ id }) => id)
      const outcome = `${group ? 'group' : 'peer-to-peer'}: ${places.join(' and ') || 'gone'}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      expect(places.length, 'she is in one call at most').toBeLessThanOrEqual(1)
      if (!mayBeGone) expect(places, 'she is somewhere').toHaveLength(1)
      for (const call of calls) {
        expect([unfinished(call), call.operations, call.ringing], 'nothing is left undone').toEqual([[], [], []])
      }
    }),
    { numRuns: PROPERTY_RUNS },
  )
  // All of it has really happened: moved here and there, left alone, and gone, out of both kinds of calls.
  expect([...outcomes.keys()].toSorted()).toEqual(
    ['group', 'peer-to-peer'].flatMap((kind) => ['gone', NEW, OLD, OTHER].map((where) => `${kind}: ${where}`)),
  )
}, 60_000)

async function deliverHints(world: World): Promise<void> {
  const timers = world.queues.take().filter(({ queue }) => queue === 'call-timers')
  await Promise.all(
    timers.map(({ message }) => fireCallTimer(world.service, message as TimerMessage).catch(expectRefusal)),
  )
}

function expectRefusal(error: unknown): void {
  const refused = error instanceof CallError || error instanceof StorageUnavailable
  if (!refused && !(error instanceof Error && error.name === 'GraphError')) throw error
}

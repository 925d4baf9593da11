import { expect, test } from 'vitest'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { incomingCall } from '../../support/calls.js'
import { CALL, failing, newWorld, once, owe, present, type World } from '../../support/world.js'

const LEASE = 30_000
const SKEW = 5_000

/** A call with so many notifications owed, the first being its own announcement. */
async function owing(count: number): Promise<World> {
  const world = newWorld({ ANSWER_TIMEOUT_MS: '86400000' })
  await world.create(incomingCall)
  if (count > 1) await owe(world, count - 1)
  world.queues.take()
  return world
}

const sequences = ({ sent }: World) => sent.map(({ sequence }) => sequence)

/** A promise that a test keeps when it likes. */
function gate() {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

/** Writes the delivery as some host left it. */
async function leave(world: World, changes: object): Promise<void> {
  const { value, etag } = present(await world.service.calls.readDelivery(CALL))
  await world.service.calls.writeDelivery(CALL, { ...value, ...changes }, etag)
}

test('everything that is owed is delivered in order, each with its own id, and the lease given back', async () => {
  const world = await owing(5)
  await world.drain()
  expect(sequences(world)).toEqual([1, 2, 3, 4, 5])
  expect(new Set(world.sent.map(({ id }) => id)).size).toBe(5)
  expect(world.sent.every(({ attempt }) => attempt === 1)).toBe(true)
  expect(await world.delivery()).toEqual({ cursor: 5, epoch: 1, failedAttempts: 0, unresolvedAttempts: 0 })
  expect(world.queues.take()).toEqual([])
})

test('nothing owed, or no call at all, takes no lease', async () => {
  const world = await owing(1)
  await world.drain()
  const before = await world.service.calls.readDelivery(CALL)
  await world.drain()
  await world.drain({ callId: 'another' })
  expect(await world.service.calls.readDelivery(CALL)).toEqual(before)
  expect(sequences(world)).toEqual([1])
})

test('the cursor never moves before the callback has acknowledged, and the next is not begun', async () => {
  const world = await owing(3)
  const reply = gate()
  world.callback = async ({ sequence }) => {
    expect((await world.delivery()).cursor).toBe(sequence - 1)
    if (sequence === 2) await reply.opened
    return { status: 202 }
  }
  const draining = world.drain()
  await expect.poll(() => world.sent.length).toBe(2)
  expect(await world.delivery()).toMatchObject({ cursor: 1, owner: expect.any(String) })
  expect(sequences(world)).toEqual([1, 2])
  reply.open()
  await draining
  expect(sequences(world)).toEqual([1, 2, 3])
  expect((await world.delivery()).cursor).toBe(3)
})

test('two drains at once do not deliver the same twice while the lease lives', async () => {
  const world = await owing(3)
  const reply = gate()
  world.callback = async () => {
    await reply.opened
    return { status: 202 }
  }
  const first = world.drain()
  await expect.poll(() => world.sent.length).toBe(1)
  world.clock.advance(LEASE + SKEW - 1)
  await world.drain()
  expect(sequences(world)).toEqual([1])
  reply.open()
  await first
  expect(sequences(world)).toEqual([1, 2, 3])
})

test('of two drains that want the lease at the same moment, one gets it', async () => {
  const world = await owing(3)
  world.tables.before = once('write calls', () => world.drain())
  await world.drain()
  expect(sequences(world)).toEqual([1, 2, 3])
  expect(await world.delivery()).toMatchObject({ cursor: 3, epoch: 1 })
})

test('every acknowledgement renews the lease', async () => {
  const world = await owing(4)
  world.callback = async () => {
    world.clock.advance(9_000)
    const { leaseUntil = 0 } = await world.delivery()
    expect(leaseUntil).toBe(world.clock.now() - 9_000 + LEASE)
    return { status: 202 }
  }
  await world.drain()
  expect(sequences(world)).toEqual([1, 2, 3, 4])
})

test('a lease whose host has died is taken over after its end and the difference of the clocks', async () => {
  const world = await owing(2)
  await leave(world, { epoch: 7, unresolvedAttempts: 1, owner: 'dead', leaseUntil: world.clock.now() + LEASE })
  world.clock.advance(LEASE + SKEW - 1)
  await world.drain()
  expect(sequences(world)).toEqual([])
  world.clock.advance(1)
  await world.drain()
  expect(sequences(world)).toEqual([1, 2])
  expect(await world.delivery()).toEqual({ cursor: 2, epoch: 8, failedAttempts: 0, unresolvedAttempts: 0 })
})

test('who has lost the lease does not move the cursor, and goes no further', async () => {
  const world = await owing(2)
  const reply = gate()
  world.callback = async () => {
    const isFirst = world.sent.length === 1
    if (isFirst) await reply.opened
    return { status: isFirst ? 202 : 500 }
  }
  const slow = world.drain()
  await expect.poll(() => world.sent.length).toBe(1)
  world.clock.advance(LEASE + SKEW)
  await world.drain()
  const theirs = await world.delivery()
  expect(theirs).toMatchObject({ cursor: 0, epoch: 2, failedAttempts: 2 })
  reply.open()
  await slow
  expect(await world.delivery()).toEqual(theirs)
  expect(sequences(world)).toEqual([1, 1])
})

test('what is committed between the last read and the giving back of the lease is delivered', async () => {
  const world = await owing(1)
  const { tables } = world
  // The write after the acknowledgement: the drain has found nothing to follow, and others still find the lease taken.
  tables.before = async ({ name }) => {
    if (name !== 'write calls' || world.sent.length === 0) return
    tables.before = () => undefined
    await owe(world, 1)
    await world.drain()
    expect(sequences(world)).toEqual([1])
  }
  await world.drain()
  expect(sequences(world)).toEqual([1, 2])
  expect((await world.delivery()).cursor).toBe(2)
})

test('a command during a POST does not wait for it, and what it announces follows', async () => {
  const world = await owing(1)
  world.callback = async ({ sequence }) => {
    if (sequence === 1) await world.change({ type: 'hangUp' })
    return { status: 202 }
  }
  await world.drain()
  expect((await world.record()).call.state).toBe('terminating')
  expect(sequences(world)).toEqual([1, 2])
})

test('after twenty notifications a call gives its worker back and sends a wake', async () => {
  const world = await owing(45)
  await world.drain()
  expect(sequences(world)).toHaveLength(20)
  expect(await world.delivery()).toEqual({ cursor: 20, epoch: 1, failedAttempts: 0, unresolvedAttempts: 0 })
  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
  await world.run(1_000)
  expect(sequences(world)).toHaveLength(20)
  await world.drain()
  await world.run(1_000)
  expect(sequences(world)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1))
})

test('exactly twenty need no wake', async () => {
  const world = await owing(20)
  await world.drain()
  expect((await world.delivery()).cursor).toBe(20)
  expect(world.queues.take()).toEqual([])
})

test('a refused notification is tried again, as the same notification, and holds back those after it', async () => {
  const world = await owing(2)
  world.callback = (_, { attempt }) => (attempt < 4 ? { status: 500 } : { status: 200 })
  await world.drain()
  expect(sequences(world)).toEqual([1])
  const waiting = await world.delivery()
  const nextAttemptAt = world.clock.now() + 1_000
  const attempts = [{ at: world.clock.now(), durationMs: 0, status: 500, nextAttemptAt }]
  expect(waiting).toEqual({ cursor: 0, epoch: 1, failedAttempts: 1, unresolvedAttempts: 0, attempts, nextAttemptAt })
  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL, epoch: 1 }, delayMs: 1_000 }])

  world.clock.advance(1_000)
  await world.drain({ epoch: 1 })
  await world.run(60_000)
  const first = world.sent.filter(({ sequence }) => sequence === 1)
  expect(first.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
  expect(new Set(first.map(({ id }) => id)).size).toBe(1)
  // After 1, 2 and 4 seconds.
  expect(first.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 7_000])
  expect(sequences(world)).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
  expect((await world.delivery()).cursor).toBe(2)
})

test('while a wait lasts, only the hint that carries its epoch goes on, and sleeps what is left of it', async () => {
  const world = await owing(1)
  world.callback = () => ({ status: 500 })
  await world.drain()
  const waiting = await world.delivery()
  for (const epoch of [0, 2]) await world.drain({ epoch })
  await world.drain()
  expect(await world.delivery()).toEqual(waiting)
  expect(world.clock.slept).toEqual([])

  world.clock.advance(400)
  await world.drain({ epoch: 1 })
  expect(world.clock.slept).toEqual([600])
  expect(world.sent.map(({ at }) => at)).toEqual([0, 1_000])

  // The same message again has outlived its wait.
  const next = await world.delivery()
  expect(next).toMatchObject({ epoch: 2, failedAttempts: 2 })
  await world.drain({ epoch: 1 })
  expect(await world.delivery()).toEqual(next)
  expect(world.sent).toHaveLength(2)
})

test('a wait that is over goes on with any hint', async () => {
  const world = await owing(1)
  world.callback = (_, { attempt }) => ({ status: attempt === 1 ? 500 : 202 })
  await world.drain()
  world.clock.advance(1_000)
  await world.drain()
  expect(await world.delivery()).toEqual({ cursor: 1, epoch: 2, failedAttempts: 0, unresolvedAttempts: 0 })
})

test('no hint is hidden for longer than a minute', async () => {
  const world = await owing(1)
  world.callback = () => ({ status: 503, retryAfterMs: 60_000 })
  await world.drain()
  expect(world.queues.take()).toMatchObject([{ delayMs: 60_000 }])
  world.callback = () => ({ status: 503, retryAfterMs: 60_001 })
  world.clock.advance(60_000)
  await world.drain()
  expect(world.queues.take()).toEqual([])
  expect((await world.delivery()).nextAttemptAt).toBe(world.clock.now() + 60_001)
})

test('410 parks the call with all that is still owed; a parked call attempts nothing', async () => {
  const world = await owing(3)
  world.callback = ({ sequence }) => ({ status: sequence === 2 ? 410 : 202 })
  await world.drain()
  expect(sequences(world)).toEqual([1, 2])
  const parked = await world.delivery()
  const reason = 'the callback answered 410 Gone'
  expect(parked).toMatchObject({ cursor: 1, unresolvedAttempts: 0, deadLettered: { at: world.clock.now(), reason } })
  expect(parked.owner).toBeUndefined()
  expect(world.log.at(-1)).toBe(`notification.deadLettered call=${CALL} from=2 reason="${reason}"`)

  world.callback = () => ({ status: 202 })
  await owe(world, 1)
  await world.drain()
  await world.drain({ epoch: parked.epoch })
  await world.run(120_000)
  expect(sequences(world)).toEqual([1, 2])
  expect(await world.delivery()).toEqual(parked)
})

test('a notification that nobody acknowledges for an hour parks its call', async () => {
  const world = await owing(2)
  world.callback = () => ({ error: 'ECONNREFUSED' })
  await world.drain()
  await world.run(3_600_000)
  expect((await world.delivery()).deadLettered).toBeUndefined()
  await world.run(400_000)
  expect(await world.delivery()).toMatchObject({
    cursor: 0,
    deadLettered: { reason: 'not acknowledged within 3600 s' },
  })
  expect(sequences(world).every((sequence) => sequence === 1)).toBe(true)
  // 1, 2, 4, 8, 15, 30, 60, 120, and then every five minutes, found by the sweep.
  expect(world.sent.length).toBeGreaterThanOrEqual(20)
  expect(world.sent.length).toBeLessThanOrEqual(21)
})

test('a call whose delivery is begun twenty times without an end is parked, and does not begin again', async () => {
  const world = await owing(1)
  for (let start = 1; start <= 20; start++) {
    // The host dies in the middle of the POST: nothing more is heard of this drain.
    world.callback = () => new Promise(() => undefined)
    void world.drain()
    await expect.poll(() => world.sent.length).toBe(start)
    expect((await world.delivery()).unresolvedAttempts).toBe(start)
    world.clock.advance(LEASE + SKEW)
  }
  await world.drain()
  // Each was an attempt, of which nobody knows whether the callback has got it.
  expect(world.sent.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  const reason = '20 deliveries started and none finished'
  expect(await world.delivery()).toMatchObject({ cursor: 0, deadLettered: { reason } })
})

test.for([
  ['an acknowledgement', { status: 202 }],
  ['a refusal', { status: 500 }],
])('%s resets the count of starts', async ([, result]) => {
  const world = await owing(1)
  await leave(world, { unresolvedAttempts: 19 })
  world.callback = () => result as { status: number }
  await world.drain()
  expect(await world.delivery()).toMatchObject({ unresolvedAttempts: 0, epoch: 1 })
  expect((await world.delivery()).deadLettered).toBeUndefined()
})

test('each attempt writes one line with all that belongs to it', async () => {
  const world = await owing(1)
  world.callback = () => {
    world.clock.advance(12)
    return { status: 500 }
  }
  await world.drain()
  expect(world.log).toEqual([
    `notification.attempted call=${CALL} sequence=1 attempt=1 host=bot.example status=500 ms=12 outcome=retry nextInMs=1000`,
  ])
})

// Every request to the storage that a drain makes, one after the other, fails: without having happened, and having happened.
const requests = Array.from({ length: 16 }, (_, index) => index)
test.for([
  ['before', requests],
  ['after', requests],
] as const)(
  'a storage that fails %s any one request leaves a state from which a later drain goes on',
  async ([when]) => {
    const surfaced: number[] = []
    for (const index of requests) {
      const world = await owing(4)
      let count = 0
      world.tables[when] = () => {
        if (count++ === index) throw new StorageUnavailable('no answer')
      }
      world.callback = ({ sequence }, { attempt }) => ({ status: sequence === 2 && attempt === 1 ? 500 : 202 })
      await world.drain().catch((error: unknown) => {
        expect(error).toBeInstanceOf(StorageUnavailable)
        surfaced.push(index)
      })
      world.tables[when] = () => undefined
      await world.run(60_000)
      expect((await world.delivery()).cursor).toBe(4)
      const firsts = [...new Set(sequences(world))]
      expect(firsts).toEqual([1, 2, 3, 4])
      // What was acknowledged is never sent again: a single failure costs no duplicate.
      expect(sequences(world)).toEqual([1, 2, 2, 3, 4])
    }
    // It is told to the caller where nothing else is left to do, and only there.
    expect(surfaced.length).toBeGreaterThan(0)
    expect(surfaced.length).toBeLessThan(requests.length)
  },
)

test('a wait whose hint cannot be sent is StorageUnavailable, and the wait stands', async () => {
  const world = await owing(1)
  world.callback = (_, { attempt }) => ({ status: attempt === 1 ? 500 : 202 })
  world.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
  await expect(world.drain()).rejects.toThrow(StorageUnavailable)
  expect(await world.delivery()).toMatchObject({ failedAttempts: 1, nextAttemptAt: world.clock.now() + 1_000 })
  world.queues.before = () => undefined
  await world.run(30_000)
  expect((await world.delivery()).cursor).toBe(1)
})

test('an acknowledgement is not lost when the notification after it cannot be read meanwhile', async () => {
  const world = await owing(2)
  const { service } = world
  const rowOfTheNext = 'notification:0000000002'
  world.tables.before = failing('read calls', 1, rowOfTheNext)
  await world.drain()
  expect(sequences(world)).toEqual([1, 2])
  expect((await service.calls.readDelivery(CALL))?.value).toMatchObject({ cursor: 2, unresolvedAttempts: 0 })
})

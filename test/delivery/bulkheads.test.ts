import { expect, test } from 'vitest'
import { Bulkheads } from '../../shared/delivery/bulkheads.js'
import { meeting } from '../calls/examples.js'
import { newWorld } from '../support/world.js'

test('one host gets no more than its share, and the others theirs', async () => {
  const bulkheads = new Bulkheads(2, () => 0)
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run('slow.example', 'call', () => hanging)
  const second = bulkheads.run('slow.example', 'call', async () => 'done')
  expect(await bulkheads.run('slow.example', 'call', async () => 'too many')).toBeUndefined()
  expect(await bulkheads.run('other.example', 'call', async () => 'done')).toBe('done')
  expect(await second).toBe('done')
  expect(await bulkheads.run('slow.example', 'call', async () => 'again')).toBe('again')
  finish('done')
  expect(await first).toBe('done')
})

test('work that fails gives its place back', async () => {
  const bulkheads = new Bulkheads(1, () => 0)
  const fail = async () => {
    throw new Error('failed')
  }
  await expect(bulkheads.run('bot.example', 'call', fail)).rejects.toThrow('failed')
  expect(await bulkheads.run('bot.example', 'call', async () => 'done')).toBe('done')
})

/** A host that is full from now on, and a clock. */
function fullHost(most: number) {
  const clock = { now: 1_000_000 }
  const bulkheads = new Bulkheads(most, () => clock.now)
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  for (let count = 0; count < most; count++) void bulkheads.run('slow.example', `inside ${count}`, () => hanging)
  return { bulkheads, clock, finish }
}

test('those who are turned away come again one after another, none later than a hint can be hidden', () => {
  const { bulkheads } = fullHost(64)
  const waits = Array.from(
    { length: 5_000 },
    (_, index) => bulkheads.comesAgainAfter('slow.example', `call ${index}`) ?? 0,
  )
  expect(waits[0]).toBe(1_000)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  for (const second of [1, 10, 58]) {
    const then = waits.filter((wait) => wait >= second * 1_000 && wait < (second + 1) * 1_000)
    expect(then, `in second ${second}`).toHaveLength(64)
  }
  expect(waits.at(-1)).toBe(60_000)
})

test('several hints of one call that is turned away become one', () => {
  const { bulkheads, clock } = fullHost(1)
  const again = (callId: string) => bulkheads.comesAgainAfter('slow.example', callId)
  expect([again('a'), again('b'), again('c')]).toEqual([1_000, 2_000, 3_000])
  expect([again('b'), again('c'), again('c')]).toEqual([undefined, undefined, undefined])
  // A hint is hidden for whole seconds, so it may come up to one too soon: it is still the one that was waited for.
  clock.now += 2_001
  expect(again('c')).toBeGreaterThanOrEqual(1_000)
})

test('whoever was turned away gets in as soon as there is room', async () => {
  const { bulkheads, finish } = fullHost(1)
  expect(await bulkheads.run('slow.example', 'a', async () => 'done')).toBeUndefined()
  bulkheads.comesAgainAfter('slow.example', 'a')
  finish('done')
  await new Promise((resolve) => setImmediate(resolve))
  expect(await bulkheads.run('slow.example', 'a', async () => 'done')).toBe('done')
})

test('a call over the bound waits without lease or attempt, and is delivered when there is room', async () => {
  const world = newWorld({ CALLS_PER_CALLBACK_HOST: '1' })
  await world.create(meeting())
  const answered = new Promise<void>((resolve) => {
    world.callback = async () => {
      await answered
      return { status: 202 }
    }
    setTimeout(resolve, 20)
  })
  await world.create({ ...meeting(), id: 'other' })
  const hanging = world.drain()
  await new Promise((resolve) => setImmediate(resolve))
  world.queues.take()
  await world.drain({ callId: 'other' })

  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: 'other' }, delayMs: 1_000 }])
  const delivery = (await world.service.calls.readDelivery('other'))?.value
  expect(delivery).toMatchObject({ cursor: 0, epoch: 0, attempt: 0, starts: 0 })
  await hanging
  await world.drain({ callId: 'other' })
  expect((await world.service.calls.readDelivery('other'))?.value.cursor).toBe(1)
})

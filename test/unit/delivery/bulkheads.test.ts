import { expect, test } from 'vitest'
import { Bulkheads } from '../../../shared/delivery/bulkheads.js'
import { meeting } from '../../support/calls.js'
import { newWorld } from '../../support/world.js'

test('one host gets no more than its share, and the others theirs', async () => {
  const bulkheads = new Bulkheads(2, async () => undefined)
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
  const bulkheads = new Bulkheads(1, async () => undefined)
  const fail = async () => {
    throw new Error('failed')
  }
  await expect(bulkheads.run('bot.example', 'call', fail)).rejects.toThrow('failed')
  expect(await bulkheads.run('bot.example', 'call', async () => 'done')).toBe('done')
})

test('whoever was turned away comes again when there is room, each once, in their order', async () => {
  const woken: string[] = []
  const bulkheads = new Bulkheads(1, async (callId) => void woken.push(callId))
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run('slow.example', 'first', () => hanging)
  for (const callId of ['a', 'b', 'a', 'c', 'b']) {
    expect(await bulkheads.run('slow.example', callId, async () => 'too many')).toBeUndefined()
  }
  expect(woken).toEqual([])
  finish('done')
  await first
  expect(woken).toEqual(['a'])
  expect(await bulkheads.run('slow.example', 'a', async () => 'done')).toBe('done')
  expect(woken).toEqual(['a', 'b'])
  // One that another hint has brought in needs no other.
  expect(await bulkheads.run('slow.example', 'c', async () => 'done')).toBe('done')
  expect(woken).toEqual(['a', 'b'])
})

test('that nobody could be woken is no error', async () => {
  const bulkheads = new Bulkheads(1, () => Promise.reject(new Error('the storage is away')))
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run('slow.example', 'first', () => hanging)
  await bulkheads.run('slow.example', 'second', async () => 'too many')
  finish('done')
  expect(await first).toBe('done')
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

  expect(world.queues.take()).toEqual([])
  const delivery = (await world.service.calls.readDelivery('other'))?.value
  expect(delivery).toMatchObject({ cursor: 0, epoch: 0, failedAttempts: 0, unresolvedAttempts: 0 })
  await hanging
  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: 'other' }, delayMs: 0 }])
  await world.drain({ callId: 'other' })
  expect((await world.service.calls.readDelivery('other'))?.value.cursor).toBe(1)
})

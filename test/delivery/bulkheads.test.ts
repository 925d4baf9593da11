import { expect, test } from 'vitest'
import { Bulkheads } from '../../shared/delivery/bulkheads.js'
import { meeting } from '../calls/examples.js'
import { newWorld } from '../support/world.js'

test('one host gets no more than its share, and the others theirs', async () => {
  const bulkheads = new Bulkheads(2)
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run('slow.example', () => hanging)
  const second = bulkheads.run('slow.example', async () => 'done')
  expect(await bulkheads.run('slow.example', async () => 'too many')).toBeUndefined()
  expect(await bulkheads.run('other.example', async () => 'done')).toBe('done')
  expect(await second).toBe('done')
  expect(await bulkheads.run('slow.example', async () => 'again')).toBe('again')
  finish('done')
  expect(await first).toBe('done')
})

test('work that fails gives its place back', async () => {
  const bulkheads = new Bulkheads(1)
  const fail = async () => {
    throw new Error('failed')
  }
  await expect(bulkheads.run('bot.example', fail)).rejects.toThrow('failed')
  expect(await bulkheads.run('bot.example', async () => 'done')).toBe('done')
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

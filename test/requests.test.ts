import { expect, test } from 'vitest'
import { incomingCall, meeting } from './calls/examples.js'
import { newWorld, owe, type World } from './support/world.js'

// What each thing costs in requests to the storage: latency and money are counted in them, and none may creep in.

async function requestsOf(world: World, act: () => Promise<unknown>): Promise<string[]> {
  const requests: string[] = []
  world.tables.before = ({ name }) => void requests.push(name)
  world.queues.before = (queue) => void requests.push(`send ${queue}`)
  await act()
  world.tables.before = () => undefined
  world.queues.before = () => undefined
  return requests
}

test('a command is a read, a transaction and a wake; and a row of watch where the call is quiet', async () => {
  const world = newWorld()
  await world.create(meeting(['audio']))
  await world.run(1_000)
  const mute = { type: 'mute' } as const
  expect(await requestsOf(world, () => world.change(mute))).toEqual(['read calls', 'write calls', 'send notifications'])

  await world.run(60_000)
  const unmute = () => world.change({ type: 'unmute' })
  expect(await requestsOf(world, unmute)).toEqual(['read calls', 'write watch', 'write calls', 'send notifications'])
})

test.each([1, 2, 5, 20])('a drain of %i notifications is two requests for each, and four more', async (count) => {
  const world = newWorld()
  await world.create(incomingCall)
  await world.drain()
  await owe(world, count)
  expect(await requestsOf(world, () => world.drain())).toHaveLength(2 * count + 4)
  expect((await world.delivery()).cursor).toBe(1 + count)
})

test('a hint that has nothing to do is one read or two', async () => {
  const world = newWorld()
  await world.create(meeting())
  await world.run(1_000)
  expect(await requestsOf(world, () => world.drain())).toEqual(['read calls', 'read calls'])
  expect(await requestsOf(world, () => world.drain({ callId: 'nobody' }))).toEqual(['read calls'])
})

test('a call that falls quiet is four requests beside the list of what is due, and one for what is far off', async () => {
  const world = newWorld()
  await world.create(meeting())
  await world.run(1_000)
  world.clock.advance(20_000)
  const look = ['list watch', 'read calls', 'read calls']
  // Keeping it alive is 45 minutes off.
  expect(await requestsOf(world, () => world.sweep())).toEqual([...look, 'write watch', 'write calls', 'write watch'])

  await world.change({ type: 'hangUp' })
  await world.run(2_000)
  world.clock.advance(20_000)
  // It is to be removed in a day.
  expect(await requestsOf(world, () => world.sweep())).toEqual([...look, 'write watch', 'write calls', 'write watch'])
})

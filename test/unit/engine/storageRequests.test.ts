import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createCall } from '../../../shared/engine/changeCall.js'
import { incomingCall, meeting, outgoingCall } from '../../support/calls.js'
import { CALL, newWorld, owe, type World } from '../../support/world.js'

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
  expect(await requestsOf(world, unmute)).toEqual(['read calls', 'write watchdog', 'write calls', 'send notifications'])
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
  const look = ['list watchdog', 'read calls', 'read calls']
  // Keeping it alive is 45 minutes off.
  expect(await requestsOf(world, () => world.sweep())).toEqual([
    ...look,
    'write watchdog',
    'write calls',
    'write watchdog',
  ])

  await world.change({ type: 'hangUp' })
  await world.run(2_000)
  world.clock.advance(20_000)
  // It is to be removed in a day.
  expect(await requestsOf(world, () => world.sweep())).toEqual([
    ...look,
    'write watchdog',
    'write calls',
    'write watchdog',
  ])
})

test('the whole life of a call between two, from its making until it is removed, is what docs/scale.md reckons with', async () => {
  const world = newWorld()
  const all = await requestsOf(world, async () => {
    await createCall(world.service, { ...outgoingCall('ann'), id: CALL }, 'communications', {
      id: 'create',
      isRetry: false,
    })
    await world.run(1_000)
    await world.change({ type: 'personAnswers', personId: 'ann' })
    await world.run(60_000)
    await world.change({ type: 'hangUp' })
    await world.run(60_000)
    world.clock.advance(24 * 3_600_000)
    await world.run(30_000)
  })
  expect((await world.service.calls.read(CALL)).record).toBeUndefined()
  // The sweep asks for what is due whether there are calls or not.
  const own = all.filter((name) => name !== 'list watchdog')
  const count = (kind: RegExp) => own.filter((name) => kind.test(name)).length
  const counted = { tables: count(/^(read|write|list)/), messages: count(/^send/), notifications: world.sent.length }
  console.log(JSON.stringify(counted))
  const [, tables, messages, notifications] =
    /(\d+) requests to tables, (\d+) messages, (\d+) notifications/.exec(readFileSync('docs/scale.md', 'utf8')) ?? []
  expect(counted).toEqual({ tables: Number(tables), messages: Number(messages), notifications: Number(notifications) })
})

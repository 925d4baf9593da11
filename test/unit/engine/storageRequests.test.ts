import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { CreateCommand } from '../../../shared/calls/commands.js'
import { createCall } from '../../../shared/engine/changeCall.js'
import { readCall } from '../../../shared/engine/readCall.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  CALL,
  createServiceFixture,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

// The storage requests of each operation: they determine latency and cost, so none may be added by accident.

async function recordRequests(fixture: ServiceFixture, act: () => Promise<unknown>): Promise<string[]> {
  const requests: string[] = []
  fixture.tables.before = ({ name }) => void requests.push(name)
  fixture.queues.before = (queue) => void requests.push(`send ${queue}`)
  await act()
  fixture.tables.before = () => undefined
  fixture.queues.before = () => undefined
  return requests
}

test('a command takes a read, a transaction and a wake-up, and a watchdog entry on a quiet call', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting(['audio']))
  await fixture.run(1_000)
  const mute = { type: 'mute' } as const
  expect(await recordRequests(fixture, () => fixture.changeCall(mute))).toEqual([
    'read calls',
    'write calls',
    'send notifications',
  ])

  await fixture.run(60_000)
  const unmute = () => fixture.changeCall({ type: 'unmute' })
  expect(await recordRequests(fixture, unmute)).toEqual([
    'read calls',
    'write watchdog',
    'write calls',
    'send notifications',
  ])
})

test('a request that only reads a call takes one read', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting())
  const read = () => readCall(fixture.service, CALL, () => undefined)
  expect(await recordRequests(fixture, read)).toEqual(['read calls'])
})

test('an answer and a hang-up take a read, a transaction and a wake-up', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const requests = ['read calls', 'write calls', 'send notifications']
  expect(await recordRequests(fixture, () => fixture.changeCall(answer))).toEqual(requests)
  expect(await recordRequests(fixture, () => fixture.changeCall({ type: 'hangUp' }))).toEqual(requests)
})

test('an invitation takes a read, the index of the invited person, a transaction and a wake-up of the timer', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting(['audio']))
  const invite = () => fixture.changeCall({ type: 'invite', participants: [participantInfo('ann')] })
  expect(await recordRequests(fixture, invite)).toEqual([
    'read calls',
    'write callIndex',
    'write calls',
    'send call-timers',
  ])
})

test.each([1, 2, 5, 19])(
  'a drain of a commit takes a request for each of its %i notifications, and four more',
  async (count) => {
    const fixture = createServiceFixture()
    await fixture.createCall(incomingCall)
    await fixture.drain()
    await addPendingNotifications(fixture, count)
    expect(await recordRequests(fixture, () => fixture.drain())).toHaveLength(count + 4)
    expect((await fixture.readDelivery()).cursor).toBe(1 + count)
  },
)

test('a drain of several commits with one notification each takes two requests for each, and five', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  await fixture.drain()
  for (let commits = 0; commits < 5; commits++) await addPendingNotifications(fixture, 1)
  expect(await recordRequests(fixture, () => fixture.drain())).toHaveLength(2 * 5 + 5)
  expect((await fixture.readDelivery()).cursor).toBe(6)
})

test('a wake-up without pending notifications takes one or two reads', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting())
  await fixture.run(1_000)
  expect(await recordRequests(fixture, () => fixture.drain())).toEqual(['read calls', 'read calls'])
  expect(await recordRequests(fixture, () => fixture.drain({ callId: 'unknown' }))).toEqual(['read calls'])
})

test('a create takes three table requests and a message; a person adds one of each, a meeting one request', async () => {
  const fixture = createServiceFixture()
  const create = (command: CreateCommand) =>
    createCall(fixture.service, command, 'communications', { id: `create ${command.id}`, isRetry: false })
  const requests = ['write callIndex', 'write watchdog', 'write calls', 'send notifications']
  expect((await recordRequests(fixture, () => create(meeting(['audio'])))).toSorted()).toEqual(
    [...requests, 'write callIndex'].toSorted(),
  )
  const calling = { ...outgoingCall('ann'), id: 'other' }
  expect((await recordRequests(fixture, () => create(calling))).toSorted()).toEqual(
    [...requests, 'write callIndex', 'send call-timers'].toSorted(),
  )
})

test('a meeting takes twelve table requests and a message until its four notifications are delivered', async () => {
  const fixture = createServiceFixture()
  const requests = await recordRequests(fixture, async () => {
    const request = { id: 'create', isRetry: false }
    await createCall(fixture.service, meeting(['audio']), 'communications', request)
    await fixture.run(1_000)
  })
  expect(fixture.sent).toHaveLength(4)
  expect(requests.filter((name) => !name.startsWith('send'))).toHaveLength(12)
  expect(requests.filter((name) => name.startsWith('send'))).toHaveLength(1)
})

test('a sweep of a quiet call takes five requests after the list of entries, or four if the call has ended', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting())
  await fixture.run(1_000)
  fixture.clock.advance(20_000)
  const inspection = ['list watchdog', 'read calls', 'read calls']
  // The next entry is for the keep-alive deadline in 45 minutes.
  expect(await recordRequests(fixture, () => fixture.sweep())).toEqual([
    ...inspection,
    'write watchdog',
    'write calls',
    'write watchdog',
  ])

  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(2_000)
  fixture.clock.advance(20_000)
  // The next entry is for the removal in a day.
  expect(await recordRequests(fixture, () => fixture.sweep())).toEqual([
    ...inspection,
    'write watchdog',
    'write watchdog',
  ])
})

test('a peer-to-peer call takes as many requests from its creation to its removal as docs/scale.md says', async () => {
  const fixture = createServiceFixture()
  const requests = await recordRequests(fixture, async () => {
    await createCall(fixture.service, { ...outgoingCall('ann'), id: CALL }, 'communications', {
      id: 'create',
      isRetry: false,
    })
    await fixture.run(1_000)
    await fixture.changeCall({ type: 'personAnswers', personId: 'ann' })
    await fixture.run(60_000)
    await fixture.changeCall({ type: 'hangUp' })
    await fixture.run(60_000)
    fixture.clock.advance(24 * 3_600_000)
    await fixture.run(30_000)
  })
  expect((await fixture.service.calls.read(CALL)).record).toBeUndefined()
  // The sweep lists due entries whether there are calls or not.
  const ownRequests = requests.filter((name) => name !== 'list watchdog')
  const count = (kind: RegExp) => ownRequests.filter((name) => kind.test(name)).length
  const counted = { tables: count(/^(read|write|list)/), messages: count(/^send/), notifications: fixture.sent.length }
  const [, tables, messages, notifications] =
    /(\d+) requests to tables, (\d+) messages, (\d+) notifications/.exec(readFileSync('docs/scale.md', 'utf8')) ?? []
  expect(counted).toEqual({ tables: Number(tables), messages: Number(messages), notifications: Number(notifications) })
})

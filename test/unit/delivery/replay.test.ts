import { expect, test, vi } from 'vitest'
import { replayCall } from '../../../shared/delivery/deliveries.js'
import { TooManyConflicts } from '../../../shared/storage/tables.js'
import { incomingCall } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  CALL,
  createServiceFixture,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

const MINUTE = 60_000
/** Longer than NOTIFICATION_MAX_AGE_MS. */
const TWO_HOURS = 120 * MINUTE

/** A call with two notifications that were dead-lettered two hours ago. */
async function createDeadLetteredCall(): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000' })
  await fixture.createCall(incomingCall)
  await addPendingNotifications(fixture, 1)
  fixture.callback = () => ({ status: 410 })
  await fixture.drain()
  fixture.clock.advance(TWO_HOURS)
  fixture.sent.length = 0
  return fixture
}

test('replayed notifications are retried for an hour from the replay, also after failures', async () => {
  const fixture = await createDeadLetteredCall()
  fixture.callback = (_, { attempt }) => ({ status: attempt <= 2 ? 500 : 202 })
  expect(await replayCall(fixture.service, CALL)).toBe(true)
  await fixture.run(MINUTE)
  expect(fixture.sent.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 1],
    [2, 2],
    [2, 3],
  ])
})

test('a replayed notification is dead-lettered again an hour after the replay', async () => {
  const fixture = await createDeadLetteredCall()
  fixture.callback = () => ({ status: 500 })
  await replayCall(fixture.service, CALL)
  await fixture.run(59 * MINUTE)
  expect((await fixture.readDelivery()).deadLettered).toBeUndefined()
  await fixture.run(10 * MINUTE)
  expect(await fixture.readDelivery()).toMatchObject({
    cursor: 0,
    deadLettered: { reason: 'not acknowledged within 3600 s' },
  })
})

test('a replay raises the fencing epoch and begins a new series of attempts', async () => {
  const fixture = await createDeadLetteredCall()
  const { epoch } = await fixture.readDelivery()
  await replayCall(fixture.service, CALL)
  expect(await fixture.readDelivery()).toMatchObject({
    cursor: 0,
    epoch: epoch + 1,
    failedAttempts: 0,
    unresolvedAttempts: 0,
    replayedAt: fixture.clock.now(),
  })
})

test('a replay that conflicts in every try throws, and does not report that there is nothing to replay', async () => {
  const { service } = await createDeadLetteredCall()
  const replay = vi.spyOn(service.calls, 'replay').mockResolvedValue(false)
  await expect(replayCall(service, CALL)).rejects.toThrow(TooManyConflicts)
  expect(replay).toHaveBeenCalledTimes(12)
})

import { expect, test } from 'vitest'
import type { Operation } from '../../../shared/calls/call.js'
import type { CallRecord, Commit, ReadCall } from '../../../shared/storage/records.js'
import { NEW_DELIVERY } from '../../../shared/storage/records.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { applyCommands, incomingCall } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  assertDefined,
  CALL,
  combineHooks,
  createServiceFixture,
  failRequests,
  newNotification,
  runOnce,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

const newRecord = (overrides: Partial<CallRecord> = {}): CallRecord => ({
  call: applyCommands(incomingCall),
  dialect: 'app',
  sequence: 0,
  hasPendingWakeUp: true,
  ...overrides,
})
const newSilentCommit = (id: string): Commit => ({
  id,
  record: newRecord(),
  operations: [],
  notifications: [],
  indexRows: [],
})
const newCommit = (id: string, sequence = 1): Commit => ({
  ...newSilentCommit(id),
  record: newRecord({ sequence }),
  notifications: [newNotification({ sequence })],
})
const operation: Operation = {
  id: 'operation',
  type: 'answer',
  status: 'running',
  participants: [],
  joinedCount: 0,
  createdAt: 0,
  lastActionAt: 0,
  version: 1,
}
const COMMITS = [
  ['with notifications', newCommit],
  ['without notifications', newSilentCommit],
] as const

async function readExisting(fixture: ServiceFixture): Promise<{ record: CallRecord; etag: string }> {
  const read = await fixture.service.calls.read(CALL)
  return { record: assertDefined(read.record), etag: assertDefined(read.etag) }
}

test('the first commit writes the call, its operations, its notifications and a new delivery', async () => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  const commit = { ...newCommit('first'), operations: [operation] }
  expect(await calls.commit({}, commit)).toBe('committed')
  expect((await calls.read(CALL)).record).toEqual(commit.record)
  expect(await calls.readOperation(CALL, 'operation')).toEqual(operation)
  expect(await calls.readOutbox(CALL, 1)).toEqual({ commitId: 'first', notifications: commit.notifications })
  expect((await calls.readDelivery(CALL))?.value).toEqual(NEW_DELIVERY)
})

test('a later commit overwrites an operation and leaves the delivery alone', async () => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  await calls.commit({}, { ...newCommit('first'), operations: [operation] })
  const before = assertDefined(await calls.readDelivery(CALL))
  await calls.writeDelivery(CALL, { ...NEW_DELIVERY, cursor: 1 }, before.etag)
  const completed = { ...operation, status: 'completed' } as const
  expect(await calls.commit(await calls.read(CALL), { ...newCommit('second', 2), operations: [completed] })).toBe(
    'committed',
  )
  expect((await calls.readDelivery(CALL))?.value.cursor).toBe(1)
  expect(await calls.readOperation(CALL, 'operation')).toEqual(completed)
})

test('rows that do not exist are read as undefined', async () => {
  const { calls } = createServiceFixture().service
  expect(await calls.read(CALL)).toEqual({})
  expect(await calls.readOutbox(CALL, 1)).toBeUndefined()
  expect(await calls.readOperation(CALL, 'operation')).toBeUndefined()
  expect(await calls.readDelivery(CALL)).toBeUndefined()
})

test.for(COMMITS)('a commit %s under a stale etag is a conflict and writes nothing', async ([, createCommit]) => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  await calls.commit({}, newCommit('first', 7))
  const stale = await calls.read(CALL)
  await calls.commit(stale, newCommit('faster', 8))
  const late = createCommit('late')
  expect(await calls.commit(stale, { ...late, operations: [operation] })).toBe('conflict')
  expect(await calls.wasApplied(late)).toBe(false)
  expect(await calls.readOperation(CALL, 'operation')).toBeUndefined()
  expect((await calls.read(CALL)).record?.sequence).toBe(8)
})

test('the second of two creates with the same id is a conflict', async () => {
  const { calls } = createServiceFixture().service
  expect(await calls.commit({}, newCommit('first'))).toBe('committed')
  expect(await calls.commit({}, newSilentCommit('second'))).toBe('conflict')
})

test.for(COMMITS)('a commit %s whose reply was lost is unknown, and was applied', async ([, createCommit]) => {
  const { service, tables } = createServiceFixture()
  tables.after = failRequests('write calls')
  const commit = createCommit('mine')
  expect(await service.calls.commit({}, commit)).toBe('unknown')
  expect(await service.calls.wasApplied(commit)).toBe(true)
})

test.for(COMMITS)('a commit %s that did not arrive is unknown, and was not applied', async ([, createCommit]) => {
  const { service, tables } = createServiceFixture()
  tables.before = failRequests('write calls')
  const commit = createCommit('mine')
  expect(await service.calls.commit({}, commit)).toBe('unknown')
  expect(await service.calls.wasApplied(commit)).toBe(false)
})

test('a commit was not applied when another commit wrote its notification number', async () => {
  const { service, tables } = createServiceFixture()
  tables.before = failRequests('write calls')
  const mine = newCommit('mine')
  expect(await service.calls.commit({}, mine)).toBe('unknown')
  expect(await service.calls.commit({}, newCommit('theirs'))).toBe('committed')
  expect(await service.calls.wasApplied(mine)).toBe(false)
})

test('a programming error is neither a conflict nor an unknown outcome', async () => {
  const { service, tables } = createServiceFixture()
  tables.before = () => {
    throw new TypeError('a programming error')
  }
  await expect(service.calls.commit({}, newSilentCommit('mine'))).rejects.toThrow(TypeError)
})

test('a void row is not a call, and a create that has not read it conflicts', async () => {
  const { calls } = createServiceFixture().service
  expect(await calls.writeVoid(CALL, undefined)).toBe(true)
  const read = await calls.read(CALL)
  expect(read).toEqual({ etag: expect.any(String) })
  expect(await calls.commit({}, newCommit('slow'))).toBe('conflict')
  expect(await calls.commit(read, newCommit('again'))).toBe('committed')
  expect((await calls.readDelivery(CALL))?.value).toEqual(NEW_DELIVERY)
})

test('a new void row conflicts with a create that has read the old one', async () => {
  const { calls } = createServiceFixture().service
  await calls.writeVoid(CALL, undefined)
  const read: ReadCall = await calls.read(CALL)
  expect(await calls.writeVoid(CALL, read.etag)).toBe(true)
  expect(await calls.commit(read, newCommit('slow'))).toBe('conflict')
})

test('a void row never replaces a call', async () => {
  const { calls } = createServiceFixture().service
  await calls.writeVoid(CALL, undefined)
  const { etag } = await calls.read(CALL)
  await calls.commit({ etag: assertDefined(etag) }, newCommit('first'))
  expect(await calls.writeVoid(CALL, undefined)).toBe(false)
  expect(await calls.writeVoid(CALL, etag)).toBe(false)
  expect((await calls.read(CALL)).record).toEqual(newRecord({ sequence: 1 }))
})

test('setPendingWakeUp writes its flag under the etag that was read, and changes nothing else', async () => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  await calls.commit({}, newCommit('first'))
  const read = await readExisting(fixture)
  expect(await calls.setPendingWakeUp(read, false)).toBe(true)
  expect((await calls.read(CALL)).record).toEqual({ ...read.record, hasPendingWakeUp: false })
  expect(await calls.setPendingWakeUp(read, true)).toBe(false)
  expect((await calls.read(CALL)).record?.hasPendingWakeUp).toBe(false)
})

test('setPendingWakeUp with an unchanged value conflicts with a commit that has read the row before', async () => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  await calls.commit({}, newCommit('first'))
  await calls.setPendingWakeUp(await readExisting(fixture), false)
  const slow = await calls.read(CALL)
  expect(await calls.setPendingWakeUp(await readExisting(fixture), false)).toBe(true)
  expect(await calls.commit(slow, newCommit('slow', 2))).toBe('conflict')
})

/** A fixture with one call, and its delivery row. */
async function createCallWithDelivery() {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const { value, etag } = assertDefined(await fixture.service.calls.readDelivery(CALL))
  return { fixture, calls: fixture.service.calls, value, etag }
}

test('a delivery is written under the etag of the last write, and not under an older one', async () => {
  const { calls, value, etag } = await createCallWithDelivery()
  const next = assertDefined(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 99 }, etag)).toBeUndefined()
  expect((await calls.readDelivery(CALL))?.value.epoch).toBe(1)
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 2 }, next)).toBe((await calls.readDelivery(CALL))?.etag)
})

test('writeDelivery returns the new etag when the reply was lost', async () => {
  const { fixture, calls, value, etag } = await createCallWithDelivery()
  fixture.tables.after = failRequests('write calls')
  const next = assertDefined(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag: next, value: { epoch: 1 } })
})

test('writeDelivery retries a write that did not arrive', async () => {
  const { fixture, calls, value, etag } = await createCallWithDelivery()
  fixture.tables.before = failRequests('write calls', 2)
  const next = assertDefined(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag: next, value: { epoch: 1 } })
})

test('writeDelivery throws StorageUnavailable and changes nothing when no write arrives', async () => {
  const { fixture, calls, value, etag } = await createCallWithDelivery()
  fixture.tables.before = failRequests('write calls', Number.POSITIVE_INFINITY)
  await expect(calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag)).rejects.toThrow(StorageUnavailable)
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag, value: { epoch: 0 } })
})

test('writeDelivery throws StorageUnavailable when the result of a lost reply cannot be read', async () => {
  const { fixture, calls, value, etag } = await createCallWithDelivery()
  fixture.tables.after = failRequests('write calls')
  fixture.tables.before = failRequests('read calls', Number.POSITIVE_INFINITY)
  await expect(calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag)).rejects.toThrow(StorageUnavailable)
})

test('writeDelivery returns undefined when another host wrote the delivery between two tries', async () => {
  const { fixture, calls, value, etag } = await createCallWithDelivery()
  const theirs = { ...value, epoch: 1, owner: 'them' }
  fixture.tables.before = combineHooks(
    failRequests('write calls'),
    runOnce('read calls', () => calls.writeDelivery(CALL, theirs, etag)),
  )
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 1, owner: 'me' }, etag)).toBeUndefined()
  expect((await calls.readDelivery(CALL))?.value).toEqual(theirs)
})

test('the notifications of a commit share rows as far as their sizes allow, and stay in order', async () => {
  const fixture = createServiceFixture()
  const { calls } = fixture.service
  const notifications = [10, 10, 50_000, 10, 300_000, 10].map((length, index) =>
    newNotification({ sequence: index + 1, body: 'x'.repeat(length) }),
  )
  const commit = { ...newCommit('first'), notifications, indexRows: [{ partitionKey: 'partition', rowKey: 'row' }] }
  expect(await calls.commit({}, commit)).toBe('committed')
  const rows = await Promise.all([1, 2, 3, 4, 5, 6].map((sequence) => calls.readOutbox(CALL, sequence)))
  expect(rows.map((row) => row?.notifications.map(({ sequence }) => sequence))).toEqual([
    [1, 2, 3, 4],
    undefined,
    undefined,
    undefined,
    [5],
    [6],
  ])
  expect(rows.map((row) => row?.indexRows)).toEqual([commit.indexRows, ...Array(5).fill(undefined)])
  expect((await calls.readNotifications(CALL)).notifications).toEqual(notifications)
})

test('a commit cannot overwrite a notification', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  expect(await addPendingNotifications(fixture, 3)).toEqual([2, 3, 4])
  const again = { ...newCommit('again', 2), record: newRecord({ sequence: 4 }) }
  expect(await fixture.service.calls.commit(await fixture.service.calls.read(CALL), again)).toBe('conflict')
  expect((await fixture.service.calls.readOutbox(CALL, 2))?.commitId).not.toBe('again')
})

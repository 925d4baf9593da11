import { expect, test } from 'vitest'
import type { Operation } from '../../../shared/calls/call.js'
import type { CallRecord, Commit, ReadCall } from '../../../shared/storage/records.js'
import { NEW_DELIVERY } from '../../../shared/storage/records.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { incomingCall, play } from '../../support/calls.js'
import { both, CALL, failing, newWorld, notification, once, owe, present, type World } from '../../support/world.js'

const record = (overrides: Partial<CallRecord> = {}): CallRecord => ({
  call: play(incomingCall),
  dialect: 'app',
  sequence: 0,
  hasPendingWakeUp: true,
  ...overrides,
})
const silent = (id: string): Commit => ({ id, record: record(), operations: [], notifications: [], indexRows: [] })
const announcing = (id: string, sequence = 1): Commit => ({
  ...silent(id),
  record: record({ sequence }),
  notifications: [notification({ sequence, commitId: id })],
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
const commits = [
  ['that announces something', announcing],
  ['that announces nothing', silent],
] as const

/** What was read, of a call that is there. */
async function readAll(world: World): Promise<{ record: CallRecord; etag: string }> {
  const read = await world.service.calls.read(CALL)
  return { record: present(read.record), etag: present(read.etag) }
}

test('a commit writes the call, its operations, its notifications and a fresh delivery', async () => {
  const world = newWorld()
  const { calls } = world.service
  const commit = { ...announcing('one'), operations: [operation] }
  expect(await calls.commit({}, commit)).toBe('committed')
  expect((await calls.read(CALL)).record).toEqual(commit.record)
  expect(await calls.readOperation(CALL, 'operation')).toEqual(operation)
  expect(await calls.readNotification(CALL, 1)).toEqual(commit.notifications[0])
  expect((await calls.readDelivery(CALL))?.value).toEqual(NEW_DELIVERY)
})

test('a later commit leaves the delivery as it is, and rewrites an operation', async () => {
  const world = newWorld()
  const { calls } = world.service
  await calls.commit({}, { ...announcing('one'), operations: [operation] })
  const before = present(await calls.readDelivery(CALL))
  await calls.writeDelivery(CALL, { ...NEW_DELIVERY, cursor: 1 }, before.etag)
  const done = { ...operation, status: 'completed' } as const
  expect(await calls.commit(await calls.read(CALL), { ...announcing('two', 2), operations: [done] })).toBe('committed')
  expect((await calls.readDelivery(CALL))?.value.cursor).toBe(1)
  expect(await calls.readOperation(CALL, 'operation')).toEqual(done)
})

test('what is not there reads as nothing', async () => {
  const { calls } = newWorld().service
  expect(await calls.read(CALL)).toEqual({})
  expect(await calls.readNotification(CALL, 1)).toBeUndefined()
  expect(await calls.readOperation(CALL, 'operation')).toBeUndefined()
  expect(await calls.readDelivery(CALL)).toBeUndefined()
})

test.for(commits)('a commit %s under a stale etag is a conflict and writes nothing', async ([, make]) => {
  const world = newWorld()
  const { calls } = world.service
  await calls.commit({}, announcing('first', 7))
  const stale = await calls.read(CALL)
  await calls.commit(stale, announcing('faster', 8))
  const late = make('late')
  expect(await calls.commit(stale, { ...late, operations: [operation] })).toBe('conflict')
  expect(await calls.wasApplied(late)).toBe(false)
  expect(await calls.readOperation(CALL, 'operation')).toBeUndefined()
  expect((await calls.read(CALL)).record?.sequence).toBe(8)
})

test('of two creates with the same id, the second is a conflict', async () => {
  const { calls } = newWorld().service
  expect(await calls.commit({}, announcing('first'))).toBe('committed')
  expect(await calls.commit({}, silent('second'))).toBe('conflict')
})

test.for(commits)('a commit %s whose reply was lost is unknown, and landed', async ([, make]) => {
  const { service, tables } = newWorld()
  tables.after = failing('write calls')
  const commit = make('mine')
  expect(await service.calls.commit({}, commit)).toBe('unknown')
  expect(await service.calls.wasApplied(commit)).toBe(true)
})

test.for(commits)('a commit %s that did not arrive is unknown, and did not land', async ([, make]) => {
  const { service, tables } = newWorld()
  tables.before = failing('write calls')
  const commit = make('mine')
  expect(await service.calls.commit({}, commit)).toBe('unknown')
  expect(await service.calls.wasApplied(commit)).toBe(false)
})

test("another's notification with the same number is not ours", async () => {
  const { service, tables } = newWorld()
  tables.before = failing('write calls')
  const mine = announcing('mine')
  expect(await service.calls.commit({}, mine)).toBe('unknown')
  expect(await service.calls.commit({}, announcing('theirs'))).toBe('committed')
  expect(await service.calls.wasApplied(mine)).toBe(false)
})

test('a mistake of ours is neither a conflict nor an unknown outcome', async () => {
  const { service, tables } = newWorld()
  tables.before = () => {
    throw new TypeError('a mistake')
  }
  await expect(service.calls.commit({}, silent('mine'))).rejects.toThrow(TypeError)
})

test('a void row is no call, but a create that did not see it conflicts with it', async () => {
  const { calls } = newWorld().service
  expect(await calls.writeVoid(CALL, undefined)).toBe(true)
  const read = await calls.read(CALL)
  expect(read).toEqual({ etag: expect.any(String) })
  expect(await calls.commit({}, announcing('slow'))).toBe('conflict')
  expect(await calls.commit(read, announcing('again'))).toBe('committed')
  expect((await calls.readDelivery(CALL))?.value).toEqual(NEW_DELIVERY)
})

test('a void row that is written anew fails a create that saw the old one', async () => {
  const { calls } = newWorld().service
  await calls.writeVoid(CALL, undefined)
  const read: ReadCall = await calls.read(CALL)
  expect(await calls.writeVoid(CALL, read.etag)).toBe(true)
  expect(await calls.commit(read, announcing('slow'))).toBe('conflict')
})

test('a void row never takes the place of a call', async () => {
  const { calls } = newWorld().service
  await calls.writeVoid(CALL, undefined)
  const { etag } = await calls.read(CALL)
  await calls.commit({ etag: present(etag) }, announcing('one'))
  expect(await calls.writeVoid(CALL, undefined)).toBe(false)
  expect(await calls.writeVoid(CALL, etag)).toBe(false)
  expect((await calls.read(CALL)).record).toEqual(record({ sequence: 1 }))
})

test('near is set under the etag that was read, and changes nothing else', async () => {
  const world = newWorld()
  const { calls } = world.service
  await calls.commit({}, announcing('one'))
  const read = await readAll(world)
  expect(await calls.setPendingWakeUp(read, false)).toBe(true)
  expect((await calls.read(CALL)).record).toEqual({ ...read.record, hasPendingWakeUp: false })
  expect(await calls.setPendingWakeUp(read, true)).toBe(false)
  expect((await calls.read(CALL)).record?.hasPendingWakeUp).toBe(false)
})

test('setting near to what it is fails whoever read it before', async () => {
  const world = newWorld()
  const { calls } = world.service
  await calls.commit({}, announcing('one'))
  await calls.setPendingWakeUp(await readAll(world), false)
  const slow = await calls.read(CALL)
  expect(await calls.setPendingWakeUp(await readAll(world), false)).toBe(true)
  expect(await calls.commit(slow, announcing('slow', 2))).toBe('conflict')
})

/** A world with one call, and its delivery as it was read. */
async function withDelivery() {
  const world = newWorld()
  await world.create(incomingCall)
  const { value, etag } = present(await world.service.calls.readDelivery(CALL))
  return { world, calls: world.service.calls, value, etag }
}

test('the delivery is written under the etag of the last write, and never under an older one', async () => {
  const { calls, value, etag } = await withDelivery()
  const next = present(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 99 }, etag)).toBeUndefined()
  expect((await calls.readDelivery(CALL))?.value.epoch).toBe(1)
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 2 }, next)).toBe((await calls.readDelivery(CALL))?.etag)
})

test('a delivery whose reply was lost is written, and its new etag is found out', async () => {
  const { world, calls, value, etag } = await withDelivery()
  world.tables.after = failing('write calls')
  const next = present(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag: next, value: { epoch: 1 } })
})

test('a delivery that did not arrive is written again', async () => {
  const { world, calls, value, etag } = await withDelivery()
  world.tables.before = failing('write calls', 2)
  const next = present(await calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag))
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag: next, value: { epoch: 1 } })
})

test('a delivery that cannot be written at all is StorageUnavailable, and stays as it was', async () => {
  const { world, calls, value, etag } = await withDelivery()
  world.tables.before = failing('write calls', Number.POSITIVE_INFINITY)
  await expect(calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag)).rejects.toThrow(StorageUnavailable)
  expect(await calls.readDelivery(CALL)).toMatchObject({ etag, value: { epoch: 0 } })
})

test('a delivery whose fate cannot even be read is StorageUnavailable', async () => {
  const { world, calls, value, etag } = await withDelivery()
  world.tables.after = failing('write calls')
  world.tables.before = failing('read calls', Number.POSITIVE_INFINITY)
  await expect(calls.writeDelivery(CALL, { ...value, epoch: 1 }, etag)).rejects.toThrow(StorageUnavailable)
})

test('who lost the delivery to somebody else between two tries is told so', async () => {
  const { world, calls, value, etag } = await withDelivery()
  const theirs = { ...value, epoch: 1, owner: 'them' }
  world.tables.before = both(
    failing('write calls'),
    once('read calls', () => calls.writeDelivery(CALL, theirs, etag)),
  )
  expect(await calls.writeDelivery(CALL, { ...value, epoch: 1, owner: 'me' }, etag)).toBeUndefined()
  expect((await calls.readDelivery(CALL))?.value).toEqual(theirs)
})

test('notifications are numbered rows of their own, and a commit cannot rewrite one', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  expect(await owe(world, 3)).toEqual([2, 3, 4])
  const again = { ...announcing('again', 3), record: record({ sequence: 4 }) }
  expect(await world.service.calls.commit(await world.service.calls.read(CALL), again)).toBe('conflict')
  expect((await world.service.calls.readNotification(CALL, 3))?.commitId).not.toBe('again')
})

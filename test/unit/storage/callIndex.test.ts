import { expect, test } from 'vitest'
import { CallIndex } from '../../../shared/storage/callIndex.js'
import { MemoryTables } from '../../../shared/storage/memory.js'

const MEETING = 'the weekly meeting'
const call = (callId: string) => ({ callId, applicationId: `application of ${callId}` })
const callIds = (calls: readonly { callId: string }[]) => calls.map(({ callId }) => callId)

function createIndex() {
  const tables = new MemoryTables()
  const index = new CallIndex(tables)
  return {
    index,
    enter: (callId: string) => index.enterMeeting(MEETING, call(callId)),
    listRows: async () =>
      (await tables.list<{ calls: { callId: string }[] }>('callIndex', { to: '~' })).map(({ value }) =>
        callIds(value.calls),
      ),
  }
}

test('a call that enters a meeting finds those that are in it, the newest first', async () => {
  const { enter, index } = createIndex()
  expect((await enter('one')).others).toEqual([])
  expect((await enter('two')).others).toEqual([call('one')])
  expect((await enter('three')).others).toEqual([call('two'), call('one')])
  expect((await index.enterMeeting('another meeting', call('four'))).others).toEqual([])
})

test('a call that enters once more finds the others, and is in the meeting once', async () => {
  const { enter, listRows } = createIndex()
  await enter('one')
  const { row } = await enter('two')
  expect(await enter('one')).toEqual({ row, others: [call('two')] })
  expect(await listRows()).toEqual([['two', 'one']])
})

test('of two calls that enter at the same time, one finds the other', async () => {
  const { enter, listRows } = createIndex()
  const ids = Array.from({ length: 20 }, (_, index) => `call ${index}`)
  const entered = await Promise.all(ids.map(async (id) => ({ id, found: callIds((await enter(id)).others) })))
  const pairs = entered.flatMap((one, index) => entered.slice(index + 1).map((other) => [one, other] as const))
  for (const [one, other] of pairs) {
    expect([one.found.includes(other.id), other.found.includes(one.id)].toSorted()).toEqual([false, true])
  }
  expect((await listRows())[0]?.toSorted()).toEqual(ids.toSorted())
})

test('a meeting keeps its 50 newest calls', async () => {
  const { enter, index, listRows } = createIndex()
  const { row } = await enter('oldest')
  const newest = Array.from({ length: 50 }, (_, number) => `call ${number}`)
  for (const id of newest) await enter(id)
  expect((await enter('last')).others).toHaveLength(50)
  expect(await listRows()).toEqual([['last', ...newest.toReversed().slice(0, 49)]])
  await index.remove('oldest', row)
  expect((await listRows())[0]).toHaveLength(50)
})

test('a call that is removed leaves its meeting, and the last one removes the row', async () => {
  const { enter, index, listRows } = createIndex()
  const one = await enter('one')
  const two = await enter('two')
  await index.remove('one', one.row)
  expect(await listRows()).toEqual([['two']])
  // A sweep that died before it removed the call repeats this.
  await index.remove('one', one.row)
  expect(await listRows()).toEqual([['two']])
  await index.remove('two', two.row)
  expect(await listRows()).toEqual([])
})

test('calls that enter and leave a meeting at the same time do not disturb each other', async () => {
  const { enter, index, listRows } = createIndex()
  const leaving = await Promise.all(['one', 'two', 'three'].map(async (id) => ({ id, row: (await enter(id)).row })))
  await Promise.all([
    ...leaving.map(({ id, row }) => index.remove(id, row)),
    ...['four', 'five'].map(async (id) => void (await enter(id))),
  ])
  expect((await listRows()).map((ids) => ids.toSorted())).toEqual([['five', 'four']])
})

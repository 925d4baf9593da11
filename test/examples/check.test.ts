import { expect, test } from 'vitest'
import { check, type Delivered, EXPECTED } from '../../examples/demo/check.js'

const right = (): Delivered[] =>
  Object.entries(EXPECTED).flatMap(([call, list]) =>
    list.map((what, index) => ({ call, sequence: index + 1, id: `${call} ${index + 1}`, what })),
  )
const differences = (delivered: Delivered[]) =>
  check(delivered).flatMap((verdict) => verdict.differences.map((line) => line.replaceAll(/ +/g, ' ')))

test('what came once and in its order is right, however the calls are mixed', () => {
  expect(differences(right())).toEqual([])
  const [first, ...rest] = right()
  expect(differences(first ? [first, ...rest.toSorted((a, b) => a.sequence - b.sequence)] : [])).toEqual([])
})

test('a missing notification is one difference, wherever it is missing', () => {
  expect(differences(right().toSpliced(-1))).toEqual(['#5 expected: deleted call got: nothing'])
  expect(differences(right().toSpliced(3, 1))).toEqual(['#4 expected: deleted operation completed got: nothing'])
})

test('a notification that came twice is a difference that names it', () => {
  const all = right()
  expect(differences([...all, ...all.slice(-1)])).toEqual([
    '#5 expected: deleted call got: deleted call, then deleted call',
    'notification the third call 5 came 2 times: #5, #5',
  ])
})

test('a notification id must not be used for two places of the sequence', () => {
  const all = right().map((one) => (one.call === 'the meeting' && one.sequence < 3 ? { ...one, id: 'same' } : one))
  expect(differences(all)).toEqual(['notification same came 2 times: #1, #2'])
})

test('two that came in the wrong order are a difference', () => {
  const [first, second, third, ...rest] = right()
  if (!first || !second || !third) throw new Error('there are that many')
  expect(differences([first, third, second, ...rest])).toEqual(['#2 came after #3'])
})

test('a notification too many is a difference', () => {
  const extra = { call: 'the third call', sequence: 6, id: 'extra', what: 'updated participants of 1' }
  expect(differences([...right(), extra])).toEqual(['#6 expected: nothing got: updated participants of 1'])
})

test('a sequence that has a gap, or does not begin with 1, is a difference', () => {
  const shifted = right().map((one) => (one.call === 'the meeting' ? { ...one, sequence: one.sequence + 1 } : one))
  expect(differences(shifted)).toHaveLength(EXPECTED['the meeting'].length + 1)
})

test('another notification in the right place is a difference', () => {
  const all = right().with(4, { call: 'the call that grows', sequence: 5, id: 'x', what: 'updated participants of 2' })
  expect(differences(all)).toEqual(['#5 expected: updated participants of 3 got: updated participants of 2'])
})

test('a call that nobody made is a difference, and so is one that was not made', () => {
  const stray = { call: 'stray', sequence: 1, id: 'stray', what: 'created call incoming' }
  expect(differences([...right(), stray])).toEqual(['#1 expected: nothing got: created call incoming'])
  expect(differences([])).toHaveLength(right().length)
})

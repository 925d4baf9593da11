import { expect, test } from 'vitest'
import { check, type Delivered, EXPECTED, isCorrect } from '../../../examples/demo/check.js'

const expectedDeliveries = (): Delivered[] =>
  Object.entries(EXPECTED).flatMap(([call, list]) =>
    list.map((what, index) => ({ call, sequence: index + 1, id: `${call} ${index + 1}`, what })),
  )
const differences = (delivered: Delivered[]) =>
  check(delivered).flatMap((verdict) => verdict.differences.map((line) => line.replaceAll(/ +/g, ' ')))

test('notifications that arrive once and in order pass, also when the calls overlap', () => {
  expect(differences(expectedDeliveries())).toEqual([])
  const [first, ...rest] = expectedDeliveries()
  expect(differences(first ? [first, ...rest.toSorted((a, b) => a.sequence - b.sequence)] : [])).toEqual([])
})

test('a missing notification is one difference at every place', () => {
  expect(differences(expectedDeliveries().toSpliced(-1))).toEqual(['#5 expected: call deleted got: nothing'])
  expect(differences(expectedDeliveries().toSpliced(3, 1))).toEqual([
    '#4 expected: operation deleted: completed got: nothing',
  ])
})

test('a notification that arrives twice is a difference that names it', () => {
  const all = expectedDeliveries()
  expect(differences([...all, ...all.slice(-1)])).toEqual([
    '#5 expected: call deleted got: call deleted, then call deleted',
    'notification call 3 5 was delivered 2 times: #5, #5',
  ])
})

test('a notification id with two sequence numbers is a difference', () => {
  const all = expectedDeliveries().map((delivery) =>
    delivery.call === 'the meeting' && delivery.sequence < 3 ? { ...delivery, id: 'same' } : delivery,
  )
  expect(differences(all)).toEqual(['notification same was delivered 2 times: #1, #2'])
})

test('two notifications in the wrong order are a difference', () => {
  const [first, second, third, ...rest] = expectedDeliveries()
  if (!first || !second || !third) throw new Error('expected at least three notifications')
  expect(differences([first, third, second, ...rest])).toEqual(['#2 arrived after #3'])
})

test('an additional notification is a difference', () => {
  const extra = { call: 'call 3', sequence: 6, id: 'extra', what: 'participants updated: 1' }
  expect(differences([...expectedDeliveries(), extra])).toEqual(['#6 expected: nothing got: participants updated: 1'])
})

test('a sequence that does not begin with 1 is a difference', () => {
  const shifted = expectedDeliveries().map((delivery) =>
    delivery.call === 'the meeting' ? { ...delivery, sequence: delivery.sequence + 1 } : delivery,
  )
  expect(differences(shifted)).toHaveLength(EXPECTED['the meeting'].length + 1)
})

test('a different notification with the right sequence number is a difference', () => {
  const all = expectedDeliveries().with(4, { call: 'call 1', sequence: 5, id: 'x', what: 'participants updated: 2' })
  expect(differences(all)).toEqual(['#5 expected: participants updated: 3 got: participants updated: 2'])
})

test('an unexpected call is a difference, and so is a missing call', () => {
  const stray = { call: 'stray', sequence: 1, id: 'stray', what: 'call created: incoming' }
  expect(differences([...expectedDeliveries(), stray])).toEqual(['#1 expected: nothing got: call created: incoming'])
  expect(differences([])).toHaveLength(expectedDeliveries().length)
})

test('the demo passes only if every call is correct', () => {
  expect(isCorrect(check(expectedDeliveries()))).toBe(true)
  expect(isCorrect(check(expectedDeliveries().toSpliced(-1)))).toBe(false)
})

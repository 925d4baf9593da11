import { expect, test } from 'vitest'
import { check, type Delivered, EXPECTED } from '../../examples/demo/check.js'

const right = (): Delivered[] =>
  Object.entries(EXPECTED).flatMap(([call, list]) => list.map((what, index) => ({ call, sequence: index + 1, what })))
const differences = (delivered: Delivered[]) => check(delivered).flatMap((verdict) => verdict.differences)

test('what came once and in its order is right, however the calls are mixed', () => {
  expect(differences(right())).toEqual([])
  const [first, ...rest] = right()
  expect(differences(first ? [first, ...rest.toSorted((a, b) => a.sequence - b.sequence)] : [])).toEqual([])
})

test('a missing notification is a difference', () => {
  expect(differences(right().toSpliced(-1))).toEqual(['expected 5 deleted call, got nothing'])
})

test('a notification that came twice is a difference', () => {
  const all = right()
  expect(differences([...all, ...all.slice(-1)])).toEqual(['expected nothing, got 5 deleted call'])
})

test('two that came in the wrong order are two differences', () => {
  const [first, second, third, ...rest] = right()
  if (!first || !second || !third) throw new Error('there are that many')
  expect(differences([first, third, second, ...rest])).toEqual([
    'expected 2 updated call establishing, got 3 updated call established',
    'expected 3 updated call established, got 2 updated call establishing',
  ])
})

test('a call that nobody made is a difference, and so is one that was not made', () => {
  const stray = { call: 'stray', sequence: 1, what: 'created call incoming' }
  expect(differences([...right(), stray])).toEqual(['expected nothing, got 1 created call incoming'])
  expect(differences([])).toHaveLength(EXPECTED['the answered call'].length + EXPECTED['the meeting'].length)
})

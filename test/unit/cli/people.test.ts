import { expect, test } from 'vitest'
import { readTone } from '../../../cli/people.js'

test.for([
  ['1', 'tone1'],
  ['0', 'tone0'],
  ['*', 'star'],
  ['#', 'pound'],
  ['tone7', 'tone7'],
  ['Star', 'star'],
  ['A', 'a'],
  ['flash', 'flash'],
] as const)('the key %s is the tone %s', ([key, tone]) => {
  expect(readTone(key)).toBe(tone)
})

test.for(['', '12', 'e', 'toString', 'tone10'])('%j is no key', (key) => {
  expect(() => readTone(key)).toThrow(/is not a key/)
})

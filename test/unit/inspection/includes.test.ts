import { expect, test } from 'vitest'
import { includes } from '../../../shared/inspection/includes.js'

test('a value includes what has no more than its properties, and lists of the same length', () => {
  const value = { a: { b: 1, c: [1, { d: 2, e: 3 }] }, f: null }
  expect(includes(value, { a: { c: [1, { d: 2 }] } })).toBe(true)
  expect(includes(value, { f: null })).toBe(true)
  for (const other of [{ a: { b: '1' } }, { a: { c: [1] } }, { g: undefined, h: 1 }, { a: [] }, { f: {} }]) {
    expect(includes(value, other), JSON.stringify(other)).toBe(false)
  }
})

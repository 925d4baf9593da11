import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatBody,
  formatBytes,
  formatDuration,
  formatOffset,
  formatTime,
  markHits,
  shorten,
  shortenId,
  toWords,
} from '../../../inspector/format.js'
import { count } from '../../../shared/inspection/labels.js'

test.each([
  [402, '0.402'],
  [-5, '0.000'],
  [999_999, '999.999'],
  [2_704_100, '2704.1'],
])('%i ms after the beginning is %s', (ms, text) => {
  expect(formatOffset(ms)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [999.6, '1 s'],
  [1_000, '1 s'],
  [6_240, '6.2 s'],
  [59_700, '1 min'],
  [62_000, '1 min 2 s'],
  [2_700_000, '45 min'],
  [3_599_900, '1 h'],
  [7_500_000, '2 h 5 min'],
])('%d ms last %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('a time has the day unless it is today', () => {
  const at = new Date(2026, 10, 5, 9, 3, 7).getTime()
  expect(formatTime(at, at + 1_000)).toBe('09:03:07')
  expect(formatTime(at, at + 86_400_000)).toBe('2026-11-05 09:03:07')
})

test('an id is shortened in the middle', () => {
  expect(shortenId('c35c9f6c-f11e-4d8c-a644-b3f27c329d9c')).toBe('c35c9f6c…9d9c')
  expect(shortenId('megan')).toBe('megan')
})

test('shorten leaves out the middle of a long text', () => {
  expect(shorten('0123456789', 10)).toBe('0123456789')
  expect(shorten('0123456789', 5)).toBe('01…89')
})

test('sizes, counts and names are words', () => {
  expect([formatBytes(1_000), formatBytes(65_792)]).toEqual(['1000 bytes', '64.3 KiB'])
  expect([count(1, 'call'), count(2, 'call')]).toEqual(['1 call', '2 calls'])
  expect(toWords('keepAliveTimedOut')).toBe('keep alive timed out')
})

test('JSON is written with line breaks, and any other text as it is', () => {
  expect(formatBody('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect(formatBody('{"a":[1')).toBe('{"a":[1')
})

test('hits are marked in upper and lower case, and signs have no special meaning', () => {
  expect(markHits('Call a call', 'CALL').map(({ text, isHit }) => [text, isHit])).toEqual([
    ['Call', true],
    [' a ', false],
    ['call', true],
  ])
  expect(markHits('a.b', '.').filter(({ isHit }) => isHit)).toHaveLength(1)
})

test('the parts of a marked text are the text', () => {
  const property = fc.property(fc.string(), fc.string(), (text, query) => {
    expect(
      markHits(text, query)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })
  fc.assert(property)
})

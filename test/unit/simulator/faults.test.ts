import { expect, test } from 'vitest'
import { type ApiFault, type CallbackFault, type Fault, Faults } from '../../../shared/simulator/faults.js'

const LIMITS = { times: 1, skip: 0, probability: 1 } as const

const callbackFault = (overrides: Partial<CallbackFault> = {}): Fault =>
  ({ on: 'callback', effect: 'reset', ...LIMITS, ...overrides }) as Fault

const apiFault = (overrides: Partial<ApiFault> = {}): Fault =>
  ({ on: 'api', effect: 'delay', delayMs: 5, ...LIMITS, ...overrides }) as Fault

function withFaults(...faults: readonly Fault[]): Faults {
  const all = new Faults()
  all.set('a', { seed: 7, faults })
  return all
}

/** The effects that the notifications with these numbers get. */
const takeAll = (faults: Faults, sequences: readonly number[]) =>
  sequences.map((sequence) => faults.takeForCallback('a', sequence)?.effect)

test('a fault applies as many times as it says, and only to its application', () => {
  const faults = withFaults(callbackFault({ times: 2 }))
  expect(faults.takeForCallback('b', 1)).toBeUndefined()
  expect(takeAll(faults, [1, 2, 3])).toEqual(['reset', 'reset', undefined])
  expect(faults.list('a').faults).toMatchObject([{ effect: 'reset', times: 2, fired: 2, remaining: 0 }])
  expect(faults.list('b')).toEqual({ faults: [] })
})

test('a fault without a limit always applies', () => {
  const faults = withFaults(callbackFault({ times: 'always' }))
  expect(takeAll(faults, [1, 2, 3])).toEqual(['reset', 'reset', 'reset'])
  expect(faults.list('a').faults).toMatchObject([{ fired: 3, remaining: 'always' }])
})

test('a fault lets as many messages pass first as it says', () => {
  const faults = withFaults(callbackFault({ skip: 2, times: 2 }))
  expect(takeAll(faults, [1, 2, 3, 4, 5])).toEqual([undefined, undefined, 'reset', 'reset', undefined])
})

test('a fault of one notification passes over the others, which do not count', () => {
  const faults = withFaults(callbackFault({ sequence: 3, skip: 1 }))
  expect(takeAll(faults, [1, 2, 3, 4, 3, 3])).toEqual([undefined, undefined, undefined, undefined, 'reset', undefined])
})

test('the first fault that matches and is not used up applies, and the others do not count the message', () => {
  const faults = withFaults(
    callbackFault({ effect: 'timeout', sequence: 2 }),
    callbackFault({ effect: 'reset' }),
    callbackFault({ effect: 'duplicate', skip: 1 }),
  )
  expect(takeAll(faults, [2, 2, 2, 2])).toEqual(['timeout', 'reset', undefined, 'duplicate'])
})

test('a fault of the API matches an operation by its name, and no notification', () => {
  const faults = withFaults(apiFault({ request: 'answer' }), apiFault({ delayMs: 9 }))
  expect(takeAll(faults, [1])).toEqual([undefined])
  expect(faults.takeForApi('a', 'get')).toMatchObject({ delayMs: 9 })
  expect(faults.takeForApi('a', 'get')).toBeUndefined()
  expect(faults.takeForApi('a', 'answer')).toMatchObject({ delayMs: 5 })
  expect(faults.takeForApi('a', 'answer')).toBeUndefined()
})

test('with a probability, about that part of the messages gets the fault', () => {
  const faults = withFaults(callbackFault({ times: 'always', probability: 0.3 }))
  const taken = takeAll(faults, Array(2_000).fill(1)).filter((effect) => effect !== undefined)
  expect(taken.length / 2_000).toBeCloseTo(0.3, 1)
})

test('the same seed gives the same faults, and another seed gives others', () => {
  const draw = (seed: number, ...before: readonly Fault[]) => {
    const faults = new Faults()
    faults.set('a', { seed, faults: [callbackFault({ times: 'always', probability: 0.5 }), ...before] })
    return takeAll(faults, Array(64).fill(1))
  }
  expect(draw(42)).toEqual(draw(42))
  expect(draw(42)).not.toEqual(draw(43))
  // The random numbers of a fault do not depend on the other faults.
  expect(draw(42, callbackFault({ sequence: 9, probability: 0.5 }))).toEqual(draw(42))
})

test('a new list replaces the faults with their counts, and an empty one removes them', () => {
  const faults = withFaults(callbackFault())
  expect(takeAll(faults, [1, 1])).toEqual(['reset', undefined])
  faults.set('a', { seed: 1, faults: [callbackFault({ effect: 'timeout' })] })
  expect(takeAll(faults, [1])).toEqual(['timeout'])
  faults.set('a', { seed: 1, faults: [] })
  expect(faults.list('a')).toEqual({ faults: [] })
  faults.set('a', { seed: 2, faults: [callbackFault()] })
  faults.clear('a')
  expect(takeAll(faults, [1])).toEqual([undefined])
})

test('the faults of the application that were set longest ago are forgotten when there are too many', () => {
  const faults = new Faults()
  for (let number = 0; number <= 1_000; number += 1) {
    faults.set(`${number}`, { seed: number, faults: [callbackFault()] })
  }
  expect(faults.list('0').faults).toEqual([])
  expect(faults.list('1').faults).toHaveLength(1)
  expect(faults.list('1000').seed).toBe(1_000)
})

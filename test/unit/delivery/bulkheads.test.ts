import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bulkheads, type Share } from '../../../shared/delivery/bulkheads.js'
import { incomingCall, meeting } from '../../support/callFixtures.js'
import { createServiceFixture, startHangingDelivery } from '../../support/serviceFixture.js'
import { PROPERTY_RUNS } from '../../support/sizes.js'

const newBulkheads = (sendWakeUp: (callId: string) => unknown = () => undefined, now = () => 0) =>
  new Bulkheads(async (callId) => sendWakeUp(callId), { now, sleep: async () => undefined })

test('a bulkhead limits one host and leaves the others alone', async () => {
  const bulkheads = newBulkheads()
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([{ name: 'slow.example', maxCalls: 2 }], 'call', () => hanging)
  const second = bulkheads.run([{ name: 'slow.example', maxCalls: 2 }], 'call', async () => 'done')
  expect(await bulkheads.run([{ name: 'slow.example', maxCalls: 2 }], 'call', async () => 'too many')).toBeUndefined()
  expect(await bulkheads.run([{ name: 'other.example', maxCalls: 2 }], 'call', async () => 'done')).toBe('done')
  expect(await second).toBe('done')
  expect(await bulkheads.run([{ name: 'slow.example', maxCalls: 2 }], 'call', async () => 'again')).toBe('again')
  finish('done')
  expect(await first).toBe('done')
})

test('work that fails frees its slot', async () => {
  const bulkheads = newBulkheads()
  const fail = async () => {
    throw new Error('failed')
  }
  await expect(bulkheads.run([{ name: 'bot.example', maxCalls: 1 }], 'call', fail)).rejects.toThrow('failed')
  expect(await bulkheads.run([{ name: 'bot.example', maxCalls: 1 }], 'call', async () => 'done')).toBe('done')
})

test('each refused call is woken once, in order, when a slot is free', async () => {
  const woken: string[] = []
  const bulkheads = newBulkheads((callId) => void woken.push(callId))
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'first', () => hanging)
  for (const callId of ['a', 'b', 'a', 'c', 'b']) {
    expect(await bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], callId, async () => 'too many')).toBeUndefined()
  }
  expect(woken).toEqual([])
  finish('done')
  await first
  expect(woken).toEqual(['a'])
  expect(await bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'a', async () => 'done')).toBe('done')
  expect(woken).toEqual(['a', 'b'])
  // A call that another wake-up has brought in needs no further one.
  expect(await bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'c', async () => 'done')).toBe('done')
  expect(woken).toEqual(['a', 'b'])
})

test('a call that was waiting takes a place like any other', async () => {
  const bulkheads = newBulkheads()
  const share = { name: 'slow.example', maxCalls: 1 }
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([share], 'first', () => hanging)
  for (const callId of ['woken', 'waiting']) await bulkheads.run([share], callId, async () => 'too many')
  finish('done')
  await first
  const second = bulkheads.run([share], 'waiting', () => new Promise<string>(() => undefined))
  void second
  expect(await bulkheads.run([share], 'woken', async () => 'too many')).toBeUndefined()
})

test('a wake-up that cannot be sent is no error', async () => {
  const bulkheads = newBulkheads(() => Promise.reject(new Error('no answer')))
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'first', () => hanging)
  await bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'second', async () => 'too many')
  finish('done')
  expect(await first).toBe('done')
})

test('a delivery takes a place in every bulkhead or in none', async () => {
  const woken: string[] = []
  const bulkheads = newBulkheads((callId) => void woken.push(callId))
  const share = (name: string) => ({ name, maxCalls: 1 })
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([share('application'), share('host')], 'first', () => hanging)
  expect(await bulkheads.run([share('other'), share('host')], 'second', async () => 'done')).toBeUndefined()
  // The rejected call took no place in the bulkhead that had room.
  expect(await bulkheads.run([share('other')], 'third', async () => 'done')).toBe('done')
  finish('done')
  await first
  expect(woken).toEqual(['second'])
  expect(await bulkheads.run([share('other'), share('host')], 'second', async () => 'done')).toBe('done')
})

test('when a woken call finds another of its bulkheads full, the next waiting call is woken', async () => {
  const woken: string[] = []
  const bulkheads = newBulkheads((callId) => void woken.push(callId))
  const share = (name: string) => ({ name, maxCalls: 1 })
  const { promise: hangingA, resolve: finishA } = Promise.withResolvers<string>()
  const { promise: hangingB, resolve: finishB } = Promise.withResolvers<string>()
  const inA = bulkheads.run([share('a')], 'in a', () => hangingA)
  const inB = bulkheads.run([share('b')], 'in b', () => hangingB)
  await bulkheads.run([share('a'), share('b')], 'needs both', async () => 'done')
  await bulkheads.run([share('a')], 'needs a', async () => 'done')
  finishA('done')
  await inA
  expect(woken).toEqual(['needs both'])
  expect(await bulkheads.run([share('a'), share('b')], 'needs both', async () => 'done')).toBeUndefined()
  expect(woken).toEqual(['needs both', 'needs a'])
  finishB('done')
  await inB
  expect(woken).toEqual(['needs both', 'needs a', 'needs both'])
})

test('a call waits only for the bulkhead that rejected it last, and only while that is full', async () => {
  const woken: string[] = []
  const bulkheads = newBulkheads((callId) => void woken.push(callId))
  const share = (name: string) => ({ name, maxCalls: 1 })
  const { promise: hangingA, resolve: finishA } = Promise.withResolvers<string>()
  const { promise: hangingB, resolve: finishB } = Promise.withResolvers<string>()
  const inB = bulkheads.run([share('b')], 'in b', () => hangingB)
  expect(bulkheads.isWaiting('call')).toBe(false)
  await bulkheads.run([share('a'), share('b')], 'call', async () => 'done')
  expect(bulkheads.isWaiting('call')).toBe(true)
  const inA = bulkheads.run([share('a')], 'in a', () => hangingA)
  await bulkheads.run([share('a'), share('b')], 'call', async () => 'done')
  await bulkheads.run([share('a')], 'behind it', async () => 'done')

  finishB('done')
  await inB
  expect(woken).toEqual([])
  expect(bulkheads.isWaiting('call')).toBe(true)
  finishA('done')
  await inA
  expect(woken).toEqual(['call'])
  expect(bulkheads.isWaiting('call')).toBe(false)
  expect(bulkheads.isWaiting('behind it')).toBe(false)
})

test('a minute after a call was rejected, nothing relies on the bulkhead to wake it', async () => {
  let now = 0
  const bulkheads = newBulkheads(undefined, () => now)
  const share = { name: 'slow.example', maxCalls: 1 }
  void bulkheads.run([share], 'first', () => new Promise(() => undefined))
  await bulkheads.run([share], 'waiting', async () => 'too many')
  now = 59_999
  expect(bulkheads.isWaiting('waiting')).toBe(true)
  now = 60_000
  expect(bulkheads.isWaiting('waiting')).toBe(false)
  await bulkheads.run([share], 'waiting', async () => 'too many')
  expect(bulkheads.isWaiting('waiting')).toBe(true)
})

const SHARES: readonly Share[] = [
  { name: 'a', maxCalls: 1 },
  { name: 'b', maxCalls: 1 },
  { name: 'c', maxCalls: 2 },
]

/** Deliveries that end, and wake-ups that arrive, when the test chooses. */
class Deliveries {
  readonly #wakeUps: string[] = []
  /** The calls that were rejected last, with the shares that they need. */
  readonly rejected = new Map<string, readonly Share[]>()
  readonly #active = new Map<string, { readonly shares: readonly Share[]; readonly finish: () => void }>()
  readonly #bulkheads = newBulkheads((callId) => void this.#wakeUps.push(callId))

  start(callId: string, shares: readonly Share[]): void {
    if (this.#active.has(callId)) return
    this.rejected.set(callId, shares)
    const { promise, resolve: finish } = Promise.withResolvers<void>()
    void this.#bulkheads.run(shares, callId, () => {
      this.rejected.delete(callId)
      this.#active.set(callId, { shares, finish })
      return promise
    })
  }

  async finish(callId: string): Promise<void> {
    this.#active.get(callId)?.finish()
    this.#active.delete(callId)
    // Until the bulkheads have seen it.
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Returns whether there was a wake-up. */
  receiveWakeUp(): boolean {
    const callId = this.#wakeUps.shift()
    const shares = callId === undefined ? undefined : this.rejected.get(callId)
    if (callId !== undefined && shares) this.start(callId, shares)
    return callId !== undefined
  }

  /** Receives all wake-ups, and finishes all deliveries. */
  async settle(): Promise<void> {
    for (;;) {
      if (this.receiveWakeUp()) continue
      const [next] = this.#active.keys()
      if (next === undefined) return
      await this.finish(next)
    }
  }

  check(): void {
    const countActive = (name: string) =>
      [...this.#active.values()].filter(({ shares }) => shares.some((share) => share.name === name)).length
    for (const { name, maxCalls } of SHARES) expect(countActive(name)).toBeLessThanOrEqual(maxCalls)
    for (const [callId, shares] of this.rejected) {
      if (!this.#bulkheads.isWaiting(callId)) continue
      expect(shares.some(({ name, maxCalls }) => countActive(name) === maxCalls)).toBe(true)
    }
  }
}

test('in any order, a bulkhead admits no call over its limit, and each rejected call is delivered in the end', async () => {
  const anyStep = fc.record({
    action: fc.constantFrom('start', 'finish', 'receive wake-up'),
    callId: fc.constantFrom('1', '2', '3', '4'),
    shares: fc.subarray([...SHARES], { minLength: 1, maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const deliveries = new Deliveries()
      for (const { action, callId, shares } of steps) {
        if (action === 'start') deliveries.start(callId, deliveries.rejected.get(callId) ?? shares)
        else if (action === 'finish') await deliveries.finish(callId)
        else deliveries.receiveWakeUp()
        deliveries.check()
      }
      await deliveries.settle()
      expect([...deliveries.rejected.keys()]).toEqual([])
    }),
    { numRuns: PROPERTY_RUNS },
  )
})

test('a call over the limit takes no lease and makes no attempt, and is delivered when a slot is free', async () => {
  const fixture = createServiceFixture({ CALLS_PER_CALLBACK_HOST: '1' })
  await fixture.createCall(incomingCall)
  await fixture.createCall({ ...incomingCall, id: 'other' })
  const finish = await startHangingDelivery(fixture)
  fixture.queues.take()
  await fixture.drain({ callId: 'other' })

  expect(fixture.queues.take()).toEqual([])
  const delivery = (await fixture.service.calls.readDelivery('other'))?.value
  expect(delivery).toMatchObject({ cursor: 0, epoch: 0, failedAttempts: 0, unresolvedAttempts: 0 })
  await finish()
  expect(fixture.queues.take()).toEqual([{ queue: 'notifications', message: { callId: 'other' }, delayMs: 0 }])
  await fixture.drain({ callId: 'other' })
  expect((await fixture.service.calls.readDelivery('other'))?.value.cursor).toBe(1)
})

test.each([
  [
    'the ports of one host',
    { CALLS_PER_CALLBACK_HOST: '1' },
    ['https://bot.example:1', 'https://bot.example:2'],
    'other',
  ],
  [
    'one application on two hosts',
    { CALLS_PER_APPLICATION: '1' },
    ['https://one.example', 'https://two.example'],
    'bot',
  ],
])('%s share a bulkhead', async (_, settings, [first = '', second = ''], otherApplication) => {
  const fixture = createServiceFixture(settings)
  await fixture.createCall({ ...meeting(), id: 'first', callbackUri: first })
  await fixture.createCall({ ...meeting(), id: 'second', callbackUri: second, applicationId: otherApplication })
  const finish = await startHangingDelivery(fixture, 'first')
  await fixture.drain({ callId: 'second' })
  expect(fixture.sent).toHaveLength(1)

  await finish()
  await fixture.drain({ callId: 'second' })
  expect(fixture.sent.length).toBeGreaterThan(1)
})

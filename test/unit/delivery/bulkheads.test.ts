import { expect, test } from 'vitest'
import { Bulkheads } from '../../../shared/delivery/bulkheads.js'
import { incomingCall, meeting } from '../../support/callFixtures.js'
import { createServiceFixture } from '../../support/serviceFixture.js'

test('a bulkhead limits one host and leaves the others alone', async () => {
  const bulkheads = new Bulkheads(async () => undefined)
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
  const bulkheads = new Bulkheads(async () => undefined)
  const fail = async () => {
    throw new Error('failed')
  }
  await expect(bulkheads.run([{ name: 'bot.example', maxCalls: 1 }], 'call', fail)).rejects.toThrow('failed')
  expect(await bulkheads.run([{ name: 'bot.example', maxCalls: 1 }], 'call', async () => 'done')).toBe('done')
})

test('each refused call is woken once, in order, when a slot is free', async () => {
  const woken: string[] = []
  const bulkheads = new Bulkheads(async (callId) => void woken.push(callId))
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

test('a wake-up that cannot be sent is no error', async () => {
  const bulkheads = new Bulkheads(() => Promise.reject(new Error('no answer')))
  const { promise: hanging, resolve: finish } = Promise.withResolvers<string>()
  const first = bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'first', () => hanging)
  await bulkheads.run([{ name: 'slow.example', maxCalls: 1 }], 'second', async () => 'too many')
  finish('done')
  expect(await first).toBe('done')
})

test('a delivery takes a place in every bulkhead or in none', async () => {
  const woken: string[] = []
  const bulkheads = new Bulkheads(async (callId) => void woken.push(callId))
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
  const bulkheads = new Bulkheads(async (callId) => void woken.push(callId))
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

test('a call over the limit takes no lease and makes no attempt, and is delivered when a slot is free', async () => {
  const fixture = createServiceFixture({ CALLS_PER_CALLBACK_HOST: '1' })
  await fixture.createCall(incomingCall)
  const answered = new Promise<void>((resolve) => {
    fixture.callback = async () => {
      await answered
      return { status: 202 }
    }
    setTimeout(resolve, 20)
  })
  await fixture.createCall({ ...incomingCall, id: 'other' })
  const hanging = fixture.drain()
  await new Promise((resolve) => setImmediate(resolve))
  fixture.queues.take()
  await fixture.drain({ callId: 'other' })

  expect(fixture.queues.take()).toEqual([])
  const delivery = (await fixture.service.calls.readDelivery('other'))?.value
  expect(delivery).toMatchObject({ cursor: 0, epoch: 0, failedAttempts: 0, unresolvedAttempts: 0 })
  await hanging
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
  const { promise: hanging, resolve: finish } = Promise.withResolvers<{ status: number }>()
  fixture.callback = () => hanging
  const delivering = fixture.drain({ callId: 'first' })
  await expect.poll(() => fixture.sent.length).toBe(1)
  await fixture.drain({ callId: 'second' })
  expect(fixture.sent).toHaveLength(1)

  finish({ status: 202 })
  await delivering
  await fixture.drain({ callId: 'second' })
  expect(fixture.sent.length).toBeGreaterThan(1)
})

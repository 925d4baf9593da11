import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RegisteredFunction } from '../../local-host/functionsCore.js'
import { startTimer } from '../../local-host/timers.js'

beforeEach(() => {
  vi.useFakeTimers({ now: at('2026-03-01 10:00:00.500') })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A local time: schedules follow the machine's time zone. */
function at(text: string): Date {
  return new Date(text.replace(' ', 'T'))
}

function timer(schedule: string): RegisteredFunction {
  const trigger = { name: 'timer', type: 'timerTrigger', direction: 'in', schedule } as const
  return { name: 'tick', bindings: { timer: trigger }, trigger, handler: () => {} }
}

function start(schedule: string, run: () => Promise<unknown> = async () => {}) {
  const times: Date[] = []
  const invoke = vi.fn(() => {
    times.push(new Date())
    return run()
  })
  return { times, invoke, listener: startTimer({ fn: timer(schedule), invoke, log: () => {} }) }
}

describe('a schedule names the times to run', () => {
  it.each([
    ['* * * * * *', ['2026-03-01 10:00:01', '2026-03-01 10:00:02']],
    ['*/20 * * * * *', ['2026-03-01 10:00:20', '2026-03-01 10:00:40', '2026-03-01 10:01:00']],
    ['0 */5 * * * *', ['2026-03-01 10:05:00', '2026-03-01 10:10:00']],
    ['5,10 30 * * * *', ['2026-03-01 10:30:05', '2026-03-01 10:30:10', '2026-03-01 11:30:05']],
    ['0 0 3 * * *', ['2026-03-02 03:00:00', '2026-03-03 03:00:00']],
    ['0 0 0 1 1 *', ['2027-01-01 00:00:00', '2028-01-01 00:00:00']],
    ['0 0 0 13 * 5', ['2026-03-13 00:00:00', '2026-11-13 00:00:00']],
  ])('%s', async (schedule, expected) => {
    const { times, listener } = start(schedule)
    while (times.length < expected.length) await vi.advanceTimersToNextTimerAsync()
    expect(times).toEqual(expected.map(at))
    await listener.stop()
  })

  it.each(['0 */5 * * *', '00:05:00', '0 0 9-17 * * *', '61 * * * * *', '0 0 0 0 * *', '*/0 * * * * *', ''])(
    "but '%s' is refused at start",
    (schedule) => {
      expect(() => start(schedule)).toThrow(`tick: the local host reads schedules of six fields`)
    },
  )

  it('and one without any occurrence is refused at start', () => {
    expect(() => start('0 0 0 30 2 *')).toThrow('never occurs')
  })
})

describe('a timer', () => {
  it('passes its state to the function', async () => {
    const { invoke, listener } = start('* * * * * *')
    await vi.advanceTimersByTimeAsync(600)
    const json = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false })
    expect(invoke).toHaveBeenCalledExactlyOnceWith(expect.anything(), { input: { json } })
    await listener.stop()
  })

  it('runs one invocation at a time and takes the next occurrence after it', async () => {
    const { times, listener } = start('* * * * * *', () => new Promise((resolve) => setTimeout(resolve, 2_700)))
    await vi.advanceTimersByTimeAsync(4_000)
    expect(times).toEqual([at('2026-03-01 10:00:01'), at('2026-03-01 10:00:04')])
    const stopped = listener.stop()
    await vi.advanceTimersByTimeAsync(2_700)
    await stopped
  })

  it('goes on after a failure', async () => {
    const { times, listener } = start('* * * * * *', () => Promise.reject(new Error('no luck')))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(times).toHaveLength(3)
    await listener.stop()
  })

  it('does not run after its stop', async () => {
    const { times, listener } = start('* * * * * *')
    await listener.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(times).toEqual([])
  })
})

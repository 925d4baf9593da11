import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../../../hosting/userError.js'
import type { RegisteredFunction } from '../../../local-host/functionsCore.js'
import { startTimer } from '../../../local-host/timers.js'

beforeEach(() => {
  vi.useFakeTimers({ now: parseLocalTime('2026-03-01 10:00:00.500') })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Local time, because schedules use the time zone of the machine. */
function parseLocalTime(text: string): Date {
  return new Date(text.replace(' ', 'T'))
}

function createTimerFunction(schedule: string): RegisteredFunction {
  const trigger = { name: 'timer', type: 'timerTrigger', direction: 'in', schedule } as const
  return { name: 'tick', bindings: { timer: trigger }, trigger, handler: () => {} }
}

function startRecording(schedule: string, run: () => Promise<unknown> = async () => {}) {
  const times: Date[] = []
  const invoke = vi.fn(() => {
    times.push(new Date())
    return run()
  })
  return { times, invoke, listener: startTimer({ fn: createTimerFunction(schedule), invoke, log: () => {} }) }
}

describe('a schedule', () => {
  it.each([
    ['* * * * * *', ['2026-03-01 10:00:01', '2026-03-01 10:00:02']],
    ['*/20 * * * * *', ['2026-03-01 10:00:20', '2026-03-01 10:00:40', '2026-03-01 10:01:00']],
    ['0 */5 * * * *', ['2026-03-01 10:05:00', '2026-03-01 10:10:00']],
    ['5,10 30 * * * *', ['2026-03-01 10:30:05', '2026-03-01 10:30:10', '2026-03-01 11:30:05']],
    ['0 0 3 * * *', ['2026-03-02 03:00:00', '2026-03-03 03:00:00']],
    ['0 0 0 1 1 *', ['2027-01-01 00:00:00', '2028-01-01 00:00:00']],
    ['0 0 0 13 * 5', ['2026-03-13 00:00:00', '2026-11-13 00:00:00']],
  ])('%s runs at its times', async (schedule, expected) => {
    const { times, listener } = startRecording(schedule)
    while (times.length < expected.length) await vi.advanceTimersToNextTimerAsync()
    expect(times).toEqual(expected.map(parseLocalTime))
    await listener.stop()
  })

  it.each(['0 */5 * * *', '00:05:00', '0 0 9-17 * * *', '61 * * * * *', '0 0 0 0 * *', '*/0 * * * * *', ''])(
    "of an unsupported form is rejected at start: '%s'",
    (schedule) => {
      expect(() => startRecording(schedule)).toThrow(UserError)
      expect(() => startRecording(schedule)).toThrow(
        `tick: the local host does not support the schedule '${schedule}'.`,
      )
    },
  )

  it('that never occurs is rejected at start', () => {
    expect(() => startRecording('0 0 0 30 2 *')).toThrow("The schedule '0 0 0 30 2 *' does not occur within 9 years.")
  })
})

describe('a timer', () => {
  it('passes its state to the function', async () => {
    const { invoke, listener } = startRecording('* * * * * *')
    await vi.advanceTimersByTimeAsync(600)
    const json = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false })
    expect(invoke).toHaveBeenCalledExactlyOnceWith(expect.anything(), { input: { json } })
    await listener.stop()
  })

  it('runs one invocation at a time, and the next one at the first occurrence after it', async () => {
    const { times, listener } = startRecording(
      '* * * * * *',
      () => new Promise((resolve) => setTimeout(resolve, 2_700)),
    )
    await vi.advanceTimersByTimeAsync(4_000)
    expect(times).toEqual([parseLocalTime('2026-03-01 10:00:01'), parseLocalTime('2026-03-01 10:00:04')])
    const stopped = listener.stop()
    await vi.advanceTimersByTimeAsync(2_700)
    await stopped
  })

  it('continues after a failure', async () => {
    const { times, listener } = startRecording('* * * * * *', () => Promise.reject(new Error('no luck')))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(times).toHaveLength(3)
    await listener.stop()
  })

  it('does not run after it was stopped', async () => {
    const { times, listener } = startRecording('* * * * * *')
    await listener.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(times).toEqual([])
  })
})

import { findNextOccurrence, parseSchedule } from '../hosting/schedule.js'
import type { RegisteredFunction } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import { delay, type Listener } from './listener.js'
import type { Log } from './log.js'

/** The longest delay of setTimeout; it fires at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Runs a timer-triggered function on its schedule, in the machine's local time: one invocation at a time, the next
 * occurrence is computed after the run, and a failure does not stop the schedule (azure-webjobs-sdk-extensions,
 * TimerListener). Occurrences missed while the host is down are skipped, as the real host does for schedules that it
 * does not monitor.
 */
export function startTimer({ fn, invoke, log }: { fn: RegisteredFunction; invoke: Invoke; log: Log }): Listener {
  const schedule = parseSchedule(fn.name, fn.trigger.schedule)
  const stopping = new AbortController()
  const runOnSchedule = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const dueTime = findNextOccurrence(schedule, new Date())
      log('debug', fn.name, `Next occurrence: ${dueTime.toISOString()}`)
      await sleepUntil(dueTime, stopping.signal)
      // `invoke` logs a failure.
      if (!stopping.signal.aborted) await invoke(fn, { input: { json: TIMER_INFO } }).catch(() => {})
    }
  }
  const running = runOnSchedule()
  return {
    stop() {
      stopping.abort()
      return running
    },
  }
}

/** The input of the trigger; the library converts the names to camel case. */
const TIMER_INFO = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false })

async function sleepUntil(dueTime: Date, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && Date.now() < dueTime.getTime()) {
    await delay(Math.min(dueTime.getTime() - Date.now(), MAX_TIMEOUT_MS), signal)
  }
}

import type { RegisteredFunction } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import { delay, type Listener } from './listener.js'
import type { Log } from './log.js'
import { UserError } from './userError.js'

/** The longest delay of setTimeout; it fires at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Runs a timer-triggered function on its schedule, in the machine's local time: one invocation at a time, the next
 * occurrence is computed after the run, and a failure does not stop the schedule (azure-webjobs-sdk-extensions,
 * TimerListener). Occurrences missed while the host is down are skipped, as the real host does for schedules that it
 * does not monitor.
 */
export function startTimer({ fn, invoke, log }: { fn: RegisteredFunction; invoke: Invoke; log: Log }): Listener {
  const schedule = parseSchedule(fn)
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

/** The values that each field of an NCrontab expression allows. */
interface Schedule {
  /** The expression itself. */
  text: string
  seconds: Set<number>
  minutes: Set<number>
  hours: Set<number>
  days: Set<number>
  months: Set<number>
  weekdays: Set<number>
}

function parseSchedule({ name, trigger: { schedule: text = '' } }: RegisteredFunction): Schedule {
  const fields = text.trim().split(/\s+/)
  const readField = (index: number, min: number, max: number): Set<number> => {
    const values = fields.length === 6 ? parseField(fields[index] ?? '', min, max) : undefined
    if (values) return values
    throw new UserError(
      `${name}: the local host does not support the schedule '${text}'. ` +
        'Use six fields (second, minute, hour, day, month, weekday), each of them *, */n, n or n,n.',
    )
  }
  const schedule = {
    text,
    seconds: readField(0, 0, 59),
    minutes: readField(1, 0, 59),
    hours: readField(2, 0, 23),
    days: readField(3, 1, 31),
    months: readField(4, 1, 12),
    weekdays: readField(5, 0, 6),
  }
  // Rejects at start a schedule that never occurs, such as one on 30 February.
  findNextOccurrence(schedule, new Date())
  return schedule
}

/** Returns the values that a field allows, or undefined if it is not supported. */
function parseField(text: string, min: number, max: number): Set<number> | undefined {
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index)
  const step = /^\*(?:\/([1-9]\d*))?$/.exec(text)
  if (step) return new Set(all.filter((value) => (value - min) % Number(step[1] ?? 1) === 0))
  const values = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  return values.every((value) => all.includes(value)) ? new Set(values) : undefined
}

/** How far to search: two leap days are at most eight years apart. */
const MAX_YEARS = 9

/** Finds the first whole second after `after` that the schedule allows; each step skips times that cannot match. */
function findNextOccurrence(schedule: Schedule, after: Date): Date {
  const time = new Date(after)
  time.setMilliseconds(0)
  time.setSeconds(time.getSeconds() + 1)
  while (time.getFullYear() <= after.getFullYear() + MAX_YEARS) {
    if (!schedule.months.has(time.getMonth() + 1)) {
      time.setMonth(time.getMonth() + 1, 1)
      time.setHours(0, 0, 0)
    } else if (!schedule.days.has(time.getDate()) || !schedule.weekdays.has(time.getDay())) {
      time.setDate(time.getDate() + 1)
      time.setHours(0, 0, 0)
    } else if (!schedule.hours.has(time.getHours())) time.setHours(time.getHours() + 1, 0, 0)
    else if (!schedule.minutes.has(time.getMinutes())) time.setMinutes(time.getMinutes() + 1, 0)
    else if (!schedule.seconds.has(time.getSeconds())) time.setSeconds(time.getSeconds() + 1)
    else return time
  }
  throw new UserError(`The schedule '${schedule.text}' does not occur within ${MAX_YEARS} years. Change its date.`)
}

import type { RegisteredFunction } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import { delay, type Listener } from './listener.js'
import type { Log } from './log.js'

/** setTimeout fires at once for anything longer. */
const MAX_TIMEOUT = 2 ** 31 - 1

/**
 * Runs a timer-triggered function on its schedule, in the machine's local time: one invocation at a time, the next
 * occurrence is computed after the run, and a failure does not stop the schedule (azure-webjobs-sdk-extensions,
 * TimerListener). Occurrences missed while the host was down are not made up for, as for schedules the real host does not monitor.
 */
export function startTimer({ fn, invoke, log }: { fn: RegisteredFunction; invoke: Invoke; log: Log }): Listener {
  const schedule = parseSchedule(fn)
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const due = nextOccurrence(schedule, new Date())
      log('debug', fn.name, `Next occurrence: ${due.toISOString()}`)
      await sleepUntil(due, stopping.signal)
      // `invoke` has logged a failure.
      if (!stopping.signal.aborted) await invoke(fn, { input: { json: TIMER_INFO } }).catch(() => {})
    }
  }
  const running = run()
  return {
    stop() {
      stopping.abort()
      return running
    },
  }
}

/** The trigger's input; the library turns the names into camel case. */
const TIMER_INFO = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false })

async function sleepUntil(due: Date, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && Date.now() < due.getTime()) {
    await delay(Math.min(due.getTime() - Date.now(), MAX_TIMEOUT), signal)
  }
}

/** The values that each field of an NCrontab expression allows. */
interface Schedule {
  seconds: Set<number>
  minutes: Set<number>
  hours: Set<number>
  days: Set<number>
  months: Set<number>
  weekdays: Set<number>
}

function parseSchedule({ name, trigger: { schedule = '' } }: RegisteredFunction): Schedule {
  const fields = schedule.trim().split(/\s+/)
  const read = (index: number, min: number, max: number): Set<number> => {
    const values = fields.length === 6 ? parseField(fields[index] ?? '', min, max) : undefined
    if (values) return values
    throw new Error(`${name}: the local host reads schedules of six fields with *, */n, n and n,n, not '${schedule}'`)
  }
  const parsed = {
    seconds: read(0, 0, 59),
    minutes: read(1, 0, 59),
    hours: read(2, 0, 23),
    days: read(3, 1, 31),
    months: read(4, 1, 12),
    weekdays: read(5, 0, 6),
  }
  // Fails at start for a schedule without any occurrence, such as one on 30 February.
  nextOccurrence(parsed, new Date())
  return parsed
}

function parseField(text: string, min: number, max: number): Set<number> | undefined {
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index)
  const step = /^\*(?:\/([1-9]\d*))?$/.exec(text)
  if (step) return new Set(all.filter((value) => (value - min) % Number(step[1] ?? 1) === 0))
  const values = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  return values.every((value) => all.includes(value)) ? new Set(values) : undefined
}

/** How far to look ahead: two leap days are at most eight years apart. */
const MAX_YEARS = 9

/** The first whole second after `after` that the schedule names; each step skips what cannot match. */
function nextOccurrence(schedule: Schedule, after: Date): Date {
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
  throw new Error('the schedule never occurs')
}

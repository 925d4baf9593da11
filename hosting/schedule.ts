import { UserError } from './userError.js'

/** The values that each field of an NCrontab expression allows. */
export interface Schedule {
  /** The expression itself. */
  text: string
  seconds: Set<number>
  minutes: Set<number>
  hours: Set<number>
  days: Set<number>
  months: Set<number>
  weekdays: Set<number>
}

/**
 * Parses an NCrontab expression.
 *
 * @param name what runs on the schedule
 * @throws UserError when it is not supported, or never occurs
 */
export function parseSchedule(name: string, text = ''): Schedule {
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
export function findNextOccurrence(schedule: Schedule, after: Date): Date {
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

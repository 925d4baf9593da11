// How times, sizes, ids and bodies are written.

const SECOND = 1000
const MINUTE = 60 * SECOND
/** A longer time is written without tenths of a second. */
const TENTHS_BELOW_MS = 10 * SECOND
/** From here on, milliseconds say nothing. */
const LONG_OFFSET_MS = 1000 * SECOND
/** An id is shortened to its first and last characters when it is longer than both and the ellipsis. */
const ID_HEAD = 8
const ID_TAIL = 4

/** A time since the call began, in seconds: `0.402`, `2704.1`. */
export function formatOffset(ms: number): string {
  return (Math.max(0, ms) / SECOND).toFixed(ms < LONG_OFFSET_MS ? 3 : 1)
}

/** A length of time in words: `350 ms`, `6.2 s`, `45 min`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < SECOND) return `${Math.round(ms)} ms`
  if (ms < TENTHS_BELOW_MS) return `${Number((ms / SECOND).toFixed(1))} s`
  // Rounded first, so that 59.7 seconds are a minute.
  const seconds = Math.round(ms / SECOND)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return joinUnits(seconds, 'min', 's')
  return joinUnits(Math.round(ms / MINUTE), 'h', 'min')
}

function joinUnits(total: number, large: string, small: string): string {
  const rest = total % 60
  const whole = `${Math.floor(total / 60)} ${large}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}

/** The time of day, with the day unless it is today. */
export function formatTime(at: number, now: number): string {
  const time = new Date(at)
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(pad).join(':')
  if (time.toDateString() === new Date(now).toDateString()) return clock
  return `${[time.getFullYear(), time.getMonth() + 1, time.getDate()].map(pad).join('-')} ${clock}`
}

const pad = (part: number): string => String(part).padStart(2, '0')

/** Leaves out the middle of a text that is longer, because the ends of a URI tell more. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text
  const end = Math.floor((length - 1) / 2)
  return `${text.slice(0, length - 1 - end)}…${text.slice(-end)}`
}

export function shortenId(id: string): string {
  return id.length <= ID_HEAD + ID_TAIL + 1 ? id : `${id.slice(0, ID_HEAD)}…${id.slice(-ID_TAIL)}`
}

export function formatBytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Number((bytes / 1024).toFixed(1))} KiB`
}

/** `keepAliveTimedOut` as `keep alive timed out`. */
export const toWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim()

/** JSON with line breaks; any other text, and JSON that was cut, as it is. */
export function formatBody(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

export interface TextPart {
  readonly text: string
  readonly isHit: boolean
}

/** Splits a text at the places where the query is found, in upper or lower case. */
export function markHits(text: string, query: string): readonly TextPart[] {
  if (query === '') return [{ text, isHit: false }]
  const pattern = new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi')
  const parts: TextPart[] = []
  let end = 0
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    if (index > end) parts.push({ text: text.slice(end, index), isHit: false })
    parts.push({ text: hit, isHit: true })
    end = index + hit.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), isHit: false })
  return parts
}

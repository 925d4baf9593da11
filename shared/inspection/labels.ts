// The words of the diagram.

/** A GUID, or a call id as the 2019 API writes it. */
const ID = /^(?:[\da-f]{32}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i
/** A longer id is shortened: a GUID without dashes has 32 characters, and few names that serve as ids are longer. */
const MAX_ID = 24
const ID_START = 8
const ID_END = 4

export const isGuid = (text: string): boolean => ID.test(text)

/** An id as it is compared: without dashes and in lower case, because the 2019 API writes it in another form. */
export const plainId = (id: string): string => id.replaceAll('-', '').toLowerCase()

/**
 * Makes one line of a text: names come from requests, and may have line breaks and characters that reverse the text
 * behind them.
 */
export const toLine = (text: string): string =>
  text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()

/** Shortens a long id in the middle, because the ids of a test often begin alike. */
export function shortenId(id: string): string {
  const characters = [...id]
  if (characters.length <= MAX_ID) return id
  return `${characters.slice(0, ID_START).join('')}...${characters.slice(-ID_END).join('')}`
}

/** Cuts the end of a text. A character outside the basic plane stays whole. */
export function cutEnd(text: string, max: number): string {
  const characters = [...text]
  return characters.length > max ? `${characters.slice(0, max - 3).join('')}...` : text
}

/** The segments of a path, without its query. Doubled slashes make no difference to the API. */
export const splitPath = (path: string): string[] => (path.split('?')[0] ?? '').split('/').filter(Boolean)

/** The segments of the path of a call: those before the id, the id if the path has one, and those behind it. */
export function splitCallPath(path: string): { before: string[]; id?: string; behind: string[] } | undefined {
  const segments = splitPath(path)
  const calls = segments.findIndex((segment) => segment.toLowerCase() === 'calls')
  if (calls < 0) return undefined
  const before = segments.slice(0, calls + 1)
  const [id = '', ...behind] = segments.slice(calls + 1)
  return isGuid(id) ? { before, id, behind } : { before, behind: segments.slice(calls + 1) }
}

/** A request in a few words, such as `POST participants/invite` or `DELETE call`. */
export function describeRequest(method: string, path: string): string {
  const split = splitCallPath(path)
  if (!split) return toLine(`${method} ${joinSegments(splitPath(path))}`)
  const { id, behind } = split
  if (id === undefined) return toLine(`${method} ${joinSegments(['calls', ...behind])}`)
  return toLine(`${method} ${behind.length === 0 ? 'call' : joinSegments(behind)}`)
}

/** Actions may have qualified names, such as `microsoft.graph.answer`. */
const joinSegments = (segments: readonly string[]): string =>
  segments.map((segment) => shortenId(segment.replace(/^microsoft\.graph\./i, ''))).join('/')

/** Commands whose words do not follow from their names. */
const COMMAND_WORDS = new Map([
  ['incoming', 'calls the bot'],
  ['personPresses', 'presses a key'],
  ['personShares', 'shares the screen'],
])

/** A command in words: `ringTimedOut` is `ring timed out`, and `personAnswers` is `answers`. */
export const describeCommand = (command: string): string =>
  COMMAND_WORDS.get(command) ??
  command
    .replace(/^person(?=[A-Z])/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase()

/** `1 call`, `2 calls`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** A duration with the unit that suits it, such as `400 ms`, `4 s`, `45 min` or `2.5 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${roundToTenth(ms / 1_000)} s`
  return ms < 3_600_000 ? `${roundToTenth(ms / 60_000)} min` : `${roundToTenth(ms / 3_600_000)} h`
}

const roundToTenth = (value: number): number => Math.round(value * 10) / 10

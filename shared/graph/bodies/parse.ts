import * as z from 'zod'
import { invalidRequest } from '../errors.js'

/** The largest request body that is read. Graph documents none; the largest documented bodies are a few KiB. */
export const MAX_BODY_BYTES = 256 * 1024
const MAX_PROBLEMS = 5
/** Deeper than any documented body by far, and far from what the call stack takes. */
const MAX_DEPTH = 64
/** More than any documented list or object has by far; each property that is read has a limit of its own. */
const MAX_ITEMS = 1_000
/** Room for the blob of an application that hosts its media itself. */
const MAX_TEXT_LENGTH = 64 * 1024

/**
 * Reads a JSON body against a schema. An empty body is the same as `null`.
 *
 * @throws GraphError 400, which names every offending property by its path
 */
export function parseBody<T>(schema: z.ZodType<T>, text: string): T {
  return parseValue(schema, normalise(parseJson(text)))
}

/** @throws GraphError 400, which names every offending property by its path */
export function parseValue<T>(schema: z.ZodType<T>, value: unknown, whole = 'The request body'): T {
  const result = schema.safeParse(value, { error: wording })
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, MAX_PROBLEMS)
  throw invalidRequest(problems.map((issue) => `${pathOf(issue.path, whole)}: ${sentence(issue.message)}`).join(' '))
}

/** Zod's words where ours say more; undefined keeps Zod's. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined || issue.input === null ? 'is required' : `must be a JSON ${issue.expected}`
  }
  const has = 'origin' in issue && issue.origin !== 'number' && issue.origin !== 'int' ? 'have' : 'be'
  if (issue.code === 'too_big') return `must ${has} at most ${counted(issue.maximum, issue.origin)}`
  if (issue.code === 'too_small') return `must ${has} at least ${counted(issue.minimum, issue.origin)}`
  return undefined
}

const UNITS: Record<string, string> = { string: 'character', array: 'item', object: 'item' }

/** `1 item`, `5 items`; a number stands for itself. */
function counted(count: number | bigint, origin: string): string {
  const unit = UNITS[origin]
  return unit ? `${count} ${unit}${count === 1 ? '' : 's'}` : String(count)
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidRequest(`The request body is not valid JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** What clients put around the values: explicit nulls and `$id` mean nothing, and reference-preserving arrays are refused. */
function normalise(value: unknown, path: readonly PropertyKey[] = []): unknown {
  if (path.length > MAX_DEPTH) throw invalidRequest(`The request body is nested more than ${MAX_DEPTH} levels deep.`)
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) {
    throw invalidRequest(`${pathOf(path)}: must have at most ${counted(MAX_TEXT_LENGTH, 'string')}.`)
  }
  if (typeof value !== 'object' || value === null) return value
  const items = Array.isArray(value) ? 'array' : 'object'
  if (Object.keys(value).length > MAX_ITEMS) {
    throw invalidRequest(`${pathOf(path)}: must have at most ${counted(MAX_ITEMS, items)}.`)
  }
  if (Array.isArray(value)) return value.map((one, index) => normalise(one, [...path, index]))
  if ('$values' in value) throw invalidRequest(`${pathOf(path)}: an array must not be wrapped in $values.`)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => one !== null && key !== '$id')
      .map(([key, one]) => [key, normalise(one, [...path, key])]),
  )
}

function pathOf(path: readonly PropertyKey[], whole = 'The request body'): string {
  if (path.length === 0) return whole
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  )
}

const sentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`)

/** A body that may be left out: empty and `null` are the same as `{}`. */
export const optionalBody = <T extends z.ZodType>(schema: T) => z.preprocess((body) => body ?? {}, schema)

/** A value of an enumeration in any case; comes out as the documented spelling. */
export function anyCase<const T extends readonly string[]>(values: T) {
  return z.string().transform((text, context): T[number] => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase())
    if (found !== undefined) return found
    context.issues.push({ code: 'custom', input: text, message: `must be one of ${values.join(', ')}` })
    return z.NEVER
  })
}

/**
 * An object some of whose properties have older names: `{ callback: 'callbackUri' }` reads `callback` as `callbackUri`.
 * Both given with different values is refused, since one of them would be ignored.
 */
export function renamed<T extends z.ZodType>(names: Readonly<Record<string, string>>, schema: T) {
  return z
    .unknown()
    .transform((value, context) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      const result: Record<string, unknown> = { ...value }
      for (const [old, name] of Object.entries(names)) {
        if (!(old in result)) continue
        if (name in result && JSON.stringify(result[name]) !== JSON.stringify(result[old])) {
          const message = `differs from ${old}, which is the same property; give one of them`
          context.issues.push({ code: 'custom', input: value, path: [name], message })
        }
        result[name] = result[old]
        delete result[old]
      }
      return result
    })
    .pipe(schema)
}

import * as z from 'zod'
import { invalidRequest } from '../errors.js'

/** The largest request body that is read. Graph documents no limit; the largest documented bodies have a few KiB. */
export const MAX_BODY_BYTES = 256 * 1024
/** How many problems one error message lists. */
const MAX_PROBLEMS = 5
/** Much deeper than any documented body, and far from the limit of the call stack. */
const MAX_DEPTH = 64
/** Many more than any documented list or object has. Each property that is read has a limit of its own. */
const MAX_ITEMS = 1_000
/** The longest documented text is the blob of application-hosted media. */
const MAX_TEXT_LENGTH = 64 * 1024

/**
 * Parses and validates a JSON body. An empty body counts as `null`.
 *
 * @throws GraphError 400, which names every invalid property by its path
 */
export function parseBody<T>(schema: z.ZodType<T>, text: string): T {
  return parseValue(schema, normalize(parseJson(text)))
}

/**
 * Validates a value.
 *
 * @param whole the name of the value in messages about the value as a whole
 * @throws GraphError 400, which names every invalid property by its path
 */
export function parseValue<T>(schema: z.ZodType<T>, value: unknown, whole = 'The request body'): T {
  const result = schema.safeParse(value, { error: errorMessage })
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, MAX_PROBLEMS)
  throw invalidRequest(
    problems.map((issue) => `${formatPath(issue.path, whole)}: ${endSentence(issue.message)}`).join(' '),
  )
}

/** Messages that are plainer than those of Zod; undefined keeps the message of Zod. */
function errorMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined || issue.input === null ? 'is required' : `must be a JSON ${issue.expected}`
  }
  const verb = 'origin' in issue && issue.origin !== 'number' && issue.origin !== 'int' ? 'have' : 'be'
  if (issue.code === 'too_big') return `must ${verb} at most ${formatCount(issue.maximum, issue.origin)}`
  if (issue.code === 'too_small') return `must ${verb} at least ${formatCount(issue.minimum, issue.origin)}`
  return undefined
}

const UNITS: Record<string, string> = { string: 'character', array: 'item', object: 'item' }

/** Returns `1 item` or `5 items`. The limit of a number has no unit. */
function formatCount(count: number | bigint, origin: string): string {
  const unit = UNITS[origin]
  return unit ? `${count} ${unit}${count === 1 ? '' : 's'}` : String(count)
}

/** @throws GraphError 400 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidRequest('The request body is not valid UTF-8.')
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidRequest(`The request body is not valid JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Removes what the serializers of clients add without meaning: explicit nulls and `$id`. Refuses arrays that preserve
 * references (`$values`), and a body that exceeds a limit.
 */
function normalize(value: unknown, path: readonly PropertyKey[] = []): unknown {
  if (path.length > MAX_DEPTH) throw invalidRequest(`The request body is nested more than ${MAX_DEPTH} levels deep.`)
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) {
    throw invalidRequest(`${formatPath(path)}: must have at most ${formatCount(MAX_TEXT_LENGTH, 'string')}.`)
  }
  if (typeof value !== 'object' || value === null) return value
  const origin = Array.isArray(value) ? 'array' : 'object'
  if (Object.keys(value).length > MAX_ITEMS) {
    throw invalidRequest(`${formatPath(path)}: must have at most ${formatCount(MAX_ITEMS, origin)}.`)
  }
  if (Array.isArray(value)) return value.map((item, index) => normalize(item, [...path, index]))
  if ('$values' in value) throw invalidRequest(`${formatPath(path)}: an array must not be wrapped in $values.`)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, property]) => property !== null && key !== '$id')
      .map(([key, property]) => [key, normalize(property, [...path, key])]),
  )
}

function formatPath(path: readonly PropertyKey[], whole = 'The request body'): string {
  if (path.length === 0) return whole
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  )
}

const endSentence = (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`)

/** An optional body: an empty body and `null` count as `{}`. */
export const optionalBody = <T extends z.ZodType>(schema: T) => z.preprocess((body) => body ?? {}, schema)

/** Reads a value of an enumeration in any case and returns it in its documented spelling. */
export function caseInsensitiveEnum<const T extends readonly string[]>(values: T) {
  const schema = z.string().transform((text, context): T[number] => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase())
    if (found !== undefined) return found
    context.issues.push({ code: 'custom', input: text, message: `must be one of ${values.join(', ')}` })
    return z.NEVER
  })
  return documentedAs(z.enum(values), schema)
}

/** What the OpenAPI document shows for a schema whose input cannot be derived from it, because a transform reads it. */
const documentedInputs = new WeakMap<z.core.$ZodType, z.ZodType>()

/** Returns the schema, which the OpenAPI document shows as `input`: the documented names and values only. */
export function documentedAs<T extends z.ZodType>(input: z.ZodType, schema: T): T {
  documentedInputs.set(schema, input)
  return schema
}

/** Returns what the OpenAPI document shows for a schema, if that is another schema. */
export const documentedInputOf = (schema: z.core.$ZodType): z.ZodType | undefined => documentedInputs.get(schema)

/** The key of the names that a client used in a body, by their documented names. Not enumerable, so never stored. */
const SPELLINGS = Symbol('spellings')

/** Returns the name that the client used for a property of a body that was read with `withAliases`. */
export const spellingOf = (body: WithSpellings, name: string): string => body[SPELLINGS]?.[name] ?? name

interface WithSpellings {
  readonly [SPELLINGS]?: Readonly<Record<string, string>>
}

/**
 * Reads an object whose properties may have older names: `{ callback: 'callbackUri' }` reads `callback` as
 * `callbackUri`, and an error names the property as the client did. An object that has both names with different values
 * is refused, because one of the values would be ignored.
 */
export function withAliases<T extends z.ZodType<object>>(aliases: Readonly<Record<string, string>>, schema: T) {
  const renaming = z.unknown().transform((value, context): z.output<T> & WithSpellings => {
    const { renamed, spellings } = renameAliases(aliases, value, context)
    const parsed = parseInside(schema, renamed, context, spellings)
    return parsed === undefined ? z.NEVER : Object.defineProperty(parsed, SPELLINGS, { value: spellings })
  })
  return documentedAs(schema, renaming)
}

/**
 * Validates a value with another schema inside of a transform, and reports the problems as those of the transform.
 *
 * @param spellings the names that the client used for properties of the value, by their documented names
 * @returns undefined when there are problems
 */
export function parseInside<T extends z.ZodType<object>>(
  schema: T,
  value: unknown,
  context: z.core.$RefinementCtx,
  spellings: Readonly<Record<string, string>> = {},
): z.output<T> | undefined {
  const parsed = schema.safeParse(value, { error: errorMessage })
  if (parsed.success) return parsed.data
  for (const { path, message } of parsed.error.issues) {
    const [name, ...rest] = path
    const spelled = typeof name === 'string' ? [spellings[name] ?? name, ...rest] : [...path]
    context.issues.push({ code: 'custom', input: value, path: spelled, message })
  }
  return undefined
}

function renameAliases(
  aliases: Readonly<Record<string, string>>,
  value: unknown,
  context: z.core.$RefinementCtx,
): { renamed: unknown; spellings: Record<string, string> } {
  const spellings: Record<string, string> = {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { renamed: value, spellings }
  const renamed: Record<string, unknown> = { ...value }
  for (const [alias, name] of Object.entries(aliases)) {
    if (!(alias in renamed)) continue
    if (name in renamed && JSON.stringify(renamed[name]) !== JSON.stringify(renamed[alias])) {
      const message = `differs from ${alias}, which is the same property; give one of them`
      context.issues.push({ code: 'custom', input: value, path: [name], message })
    }
    if (!(name in renamed)) spellings[name] = alias
    renamed[name] = renamed[alias]
    delete renamed[alias]
  }
  return { renamed, spellings }
}

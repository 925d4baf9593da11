import type * as z from 'zod'
import { count } from '../../shared/inspection/labels.js'
import { countMistakes } from '../../shared/service/spelling.js'
import { findWrongReferences } from './references.js'
import { type Scenario, scenarioSchema, toJsonSchema } from './schema.js'
import { formatPath, type Path, type Problem, readSource, type Source } from './source.js'

/** A valid scenario with the text it was read from. */
export interface ReadScenario {
  readonly source: Source
  readonly scenario: Scenario
}

/** How many letters of a name may be wrong for it to be taken for another one. */
const MAX_MISTAKES = 2

/** Reads a scenario file; with problems there is no scenario. */
export function readScenario(
  file: string,
  text: string,
  environment: NodeJS.ProcessEnv,
): ReadScenario | { readonly source: Source; readonly problems: readonly Problem[] } {
  const source = readSource(file, text, environment)
  if (source.problems.length > 0) return { source, problems: source.problems }
  const parsed = scenarioSchema.safeParse(source.value)
  if (!parsed.success) return { source, problems: sortProblems(toProblems(source, parsed.error.issues)) }
  const wrong = findWrongReferences(parsed.data).map(({ path, message }) => toProblem(source, path, message))
  return wrong.length > 0 ? { source, problems: sortProblems(wrong) } : { source, scenario: parsed.data }
}

const sortProblems = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => a.line - b.line || a.column - b.column)

const toProblem = (source: Source, path: Path, message: string): Problem => ({
  ...source.placeOf(path),
  property: formatPath(path),
  message,
})

type Issue = z.core.$ZodIssue

function toProblems(source: Source, issues: readonly Issue[], parent: Path = []): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = [...parent, ...issue.path]
    const branch = issue.code === 'invalid_union' ? chooseBranch(issue.errors) : undefined
    if (branch) return toProblems(source, branch, path)
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(source, path, key))
    return [toProblem(source, path, describeIssue(issue, valueAt(source.value, path)))]
  })
}

/** Of the alternatives of a value, the one whose type the value has; its problems are then inside of the value. */
const chooseBranch = (branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined =>
  branches.find((issues) => !issues.some(isOfOtherType))

const isOfOtherType = ({ code, path }: Issue): boolean => code === 'invalid_type' && path.length === 0

function unknownKey(source: Source, path: Path, key: string): Problem {
  const keyPath = [...path, key]
  const near = nearestName(key, listProperties(path))
  const message = `unknown property${near === undefined ? '' : `; did you mean ${near}?`}`
  return { ...source.placeOfKey(keyPath), property: formatPath(keyPath), message }
}

/** The known name that a name was probably meant to be. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // A short name is similar to many others.
  const allowed = Math.min(MAX_MISTAKES, Math.floor(name.length / 2))
  const [nearest] = known
    .map((candidate) => ({ candidate, mistakes: countMistakes(name, candidate, allowed) }))
    .filter(({ mistakes }) => Number.isFinite(mistakes))
    .toSorted((a, b) => a.mistakes - b.mistakes)
  return nearest?.candidate
}

/** The part of a JSON Schema that leads to the properties of an object. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
}

/** The properties that an object at this path may have. */
function listProperties(path: Path): string[] {
  const alternatives = (node: SchemaNode): SchemaNode[] =>
    [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(alternatives).concat(node)
  const nodes = path.reduce<SchemaNode[]>(
    (current, part) => current.flatMap((node) => childOf(node, part)).flatMap(alternatives),
    alternatives(toJsonSchema() as SchemaNode),
  )
  return [...new Set(nodes.flatMap(({ properties = {} }) => Object.keys(properties)))]
}

function childOf({ items, properties, additionalProperties }: SchemaNode, part: PropertyKey): SchemaNode[] {
  if (typeof part === 'number') return items ? [items] : []
  const child = properties?.[String(part)] ?? additionalProperties
  return typeof child === 'object' ? [child] : []
}

function describeIssue(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (value !== undefined && value !== null) return `must be ${describeType(issue.expected)}`
      return issue.path.length === 0 ? 'the file is empty' : 'is required'
    case 'invalid_union':
      return describeTypes(issue.errors) ?? issue.message
    case 'invalid_value':
      return describeChoice(issue.values.map(String), value)
    case 'too_big':
      return `must ${verbOf(issue.origin)} at most ${formatCount(issue.maximum, issue.origin)}`
    case 'too_small':
      return `must ${verbOf(issue.origin)} at least ${formatCount(issue.minimum, issue.origin)}`
    default:
      return issue.message
  }
}

function describeChoice(values: readonly string[], value: unknown): string {
  if (value === undefined || value === null) return `is required: ${values.join(', ')}`
  const near = nearestName(String(value), values)
  const choice = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`
  return near === undefined || values.length === 1 ? choice : `${choice}; did you mean ${near}?`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of properties',
  record: 'a map of properties',
}
const describeType = (type: string): string => TYPES[type] ?? type

const verbOf = (origin: string): string => (['string', 'array', 'object'].includes(origin) ? 'have' : 'be')
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item', object: 'item' }

/** Returns `1 item` or `5 items`. The limit of a number has no unit. */
function formatCount(limit: number | bigint, origin: string): string {
  const unit = UNITS[origin]
  return unit === undefined ? String(limit) : count(Number(limit), unit)
}

/** The types of alternatives, if the value has none of them. */
function describeTypes(branches: readonly (readonly Issue[])[]): string | undefined {
  const types = branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? describeType(issue.expected) : []))
  return types.length > 0 ? `must be ${types.join(' or ')}` : undefined
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part], value)

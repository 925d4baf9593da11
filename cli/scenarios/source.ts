import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'

// The text of a scenario file: its values, and where each of them is.

/** A place in a file. Lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
  /** How many characters are underlined. */
  readonly length: number
}

/** What is wrong at a place of a file. */
export interface Problem extends Place {
  /** The path of the property, such as `steps[2].press.tone`; empty for the file as a whole. */
  readonly property: string
  readonly message: string
}

export type Path = readonly PropertyKey[]

/** A file as it was read. */
export interface Source {
  readonly file: string
  readonly lines: readonly string[]
  /** The values of the file, with the environment variables inserted. */
  readonly value: unknown
  /** Errors of the YAML and of environment variables. */
  readonly problems: readonly Problem[]
  /** The place of the value at a path; of the nearest value around it when there is none. */
  placeOf(path: Path): Place
  /** The place of the key at a path. */
  placeOfKey(path: Path): Place
}

const START: Place = { line: 1, column: 1, length: 1 }
/** `$` and a name in braces, closed or not. */
const VARIABLE = /\$\{([^}]*)(\}?)/g
const ENVIRONMENT = /^env\.([A-Za-z_]\w*)$/

/** Reads the text of a scenario file. `${env.NAME}` becomes the value of that environment variable. */
export function readSource(file: string, text: string, environment: NodeJS.ProcessEnv): Source {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const placeAt = (range: readonly number[] | null | undefined): Place => toPlace(text, lineCounter, range)
  const broken = [...document.errors, ...document.warnings].map(({ message, pos }): Problem => {
    return { ...placeAt(pos), property: '', message: toSentencePart(message) }
  })
  const missing = broken.length > 0 ? [] : insertVariables(document, environment, placeAt)
  const read = broken.length > 0 ? { value: undefined, problems: broken } : toValue(document)
  return {
    file,
    lines: text.split(/\r?\n/),
    value: read.value,
    problems: [...read.problems, ...missing],
    placeOf: (path) => placeAt(rangeOf(document, path)),
    placeOfKey: (path) => placeAt(keyRangeOf(document, path)),
  }
}

/** Aliases that expand to too many values are an error of the library. */
function toValue(document: Document): { value: unknown; problems: readonly Problem[] } {
  try {
    return { value: document.toJS(), problems: [] }
  } catch (error) {
    const message = toSentencePart(error instanceof Error ? error.message : String(error))
    return { value: undefined, problems: [{ ...START, property: '', message }] }
  }
}

/** The first line of a message, without its end and its capital letter. */
const toSentencePart = (message: string): string => {
  const [line = ''] = message.split('\n')
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '')
}

function insertVariables(
  document: Document,
  environment: NodeJS.ProcessEnv,
  placeAt: (range: readonly number[] | null | undefined) => Place,
): Problem[] {
  const problems: Problem[] = []
  visit(document, {
    Scalar: (key, node, path) => {
      if (typeof node.value !== 'string' || key === 'key') return
      node.value = node.value.replaceAll(VARIABLE, (whole, name: string, end: string) => {
        const { value, message } = readVariable(name, end, environment)
        if (message === undefined) return value
        problems.push({ ...placeAt(node.range), property: formatPath(pathOf(path)), message: `${whole}: ${message}` })
        return whole
      })
    },
  })
  return problems
}

function readVariable(name: string, end: string, environment: NodeJS.ProcessEnv): { value: string; message?: string } {
  const [, variable] = ENVIRONMENT.exec(name) ?? []
  if (variable === undefined || end === '') return { value: '', message: `only \${env.NAME} can be inserted` }
  const value = environment[variable]
  if (value === undefined) return { value: '', message: `the environment variable ${variable} is not set` }
  return { value }
}

/** The path that leads through the nodes of a visit. */
function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((node, index): PropertyKey[] => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : []
    if (!isSeq(node)) return []
    const child = ancestors[index + 1]
    return child === undefined ? [] : [node.items.indexOf(child)]
  })
}

type Range = readonly number[] | null | undefined

function rangeOf(document: Document, path: Path): Range {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range
  }
  return null
}

function keyRangeOf(document: Document, path: Path): Range {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return rangeOf(document, path)
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
  return isScalar(pair?.key) ? pair.key.range : rangeOf(document, path)
}

/** A place underlines at most the rest of its line. */
function toPlace(text: string, lineCounter: LineCounter, range: Range): Place {
  const [start, end] = range ?? []
  if (start === undefined) return START
  const { line, col } = lineCounter.linePos(start)
  const lineEnd = text.slice(start).search(/[\r\n]|$/)
  return {
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    length: Math.max(1, Math.min((end ?? start) - start, lineEnd)),
  }
}

/** Writes a path as it is written in JavaScript, such as `steps[2].press.tone`. */
export const formatPath = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  )

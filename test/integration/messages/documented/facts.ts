import { readFileSync } from 'node:fs'
import type { Version } from '../../../support/documentedOperations.js'

// Facts about the messages that Microsoft's pages document, one line for messages with the same facts:
//
//   kind | what | page date numbers; page date numbers | shape
//
// The kind is a request, a response or a notification; `observed` marks those that were seen on the wire. `what` is the
// operation of a request; the operation and the status of a response, with `Location` if it has one; or the resource of
// a notification. The number of a message counts the messages of its page. A shape lists the keys of the
// body: `a{b,c[]}` has the key paths `a.b` and `a.c[]`. `=` gives the value where it is null or belongs to an
// enumeration, and `|` separates the values of several items.

type Kind = 'request' | 'response' | 'notification'

export interface DocumentedMessage {
  /** The version, page, date and number of the message. */
  readonly id: string
  readonly version: Version
  readonly kind: Kind
  /** The operation of a request or a response, in lower case, or the resource of a notification. */
  readonly what: string
  readonly status?: number
  readonly hasLocation: boolean
  readonly shape: Shape
}

export type Shape = ReadonlyMap<string, Node>
export interface Node {
  readonly isList: boolean
  /** The documented values, `null` among them. */
  readonly values: readonly string[]
  readonly members: Shape
}

export function readDocumentedMessages(version: Version): DocumentedMessage[] {
  const text = readFileSync(`test/integration/messages/documented/${version}.txt`, 'utf8')
  return text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : parseLine(version, line)))
}

function parseLine(version: Version, line: string): DocumentedMessage[] {
  const [kind = '', what = '', pages = '', shape = ''] = line.split(' | ')
  const [subject = '', outcome = ''] = what.split(' -> ')
  const [status = '', location] = outcome.split(' ')
  const message = {
    version,
    kind: kind.replace('observed ', '') as Kind,
    what: subject.toLowerCase(),
    ...(Number(status) > 0 && { status: Number(status) }),
    hasLocation: location === 'Location',
    shape: parseShape(shape),
  }
  return listIds(version, pages).map((id) => ({ ...message, id }))
}

/** The ids of messages that are written as `page date 1,2; page date 3`. */
export const listIds = (version: string, pages: string): string[] =>
  pages.split('; ').flatMap((page) => {
    const [, start = '', numbers = ''] = /^(.+) ([\d,]+)$/.exec(page) ?? []
    return numbers.split(',').map((number) => `${version} ${start} ${number}`)
  })

const TOKENS = /[^{},=]+|[{},=]/g

function parseShape(text: string): Shape {
  return parseMembers((text.match(TOKENS) ?? []).values())
}

/** Parses members until the end of the text, or until the bracket after the last of them. */
function parseMembers(tokens: Iterator<string>): Shape {
  const members = new Map<string, Node>()
  let name = ''
  for (let token = tokens.next(); !token.done && token.value !== '}'; token = tokens.next()) {
    const node = members.get(name.replace('[]', ''))
    if (token.value === '=') members.set(name, { ...EMPTY, values: String(tokens.next().value).split('|') })
    else if (token.value === '{')
      members.set(name.replace('[]', ''), { ...EMPTY, ...node, members: parseMembers(tokens) })
    else if (token.value !== ',') {
      name = token.value
      members.set(name.replace('[]', ''), { ...EMPTY, isList: name.endsWith('[]') })
    }
  }
  return members
}
const EMPTY: Node = { isList: false, values: [], members: new Map() }

/** Every key path of a shape that has no members, with its documented values. */
export function pathsOf(shape: Shape, start = ''): [path: string, values: readonly string[]][] {
  return [...shape].flatMap(([name, { isList, values, members }]): [string, readonly string[]][] => {
    const path = `${start}${name}${isList ? '[]' : ''}`
    return members.size > 0 ? pathsOf(members, `${path}.`) : [[path, values]]
  })
}

/** The key paths of a body with the values that they have, as a shape writes them. */
export type BodyPaths = ReadonlyMap<string, ReadonlySet<string>>

export function pathsOfBody(body: unknown): BodyPaths {
  const paths = new Map<string, Set<string>>()
  for (const [path, value] of listMembers('', body)) {
    const found = paths.get(path) ?? new Set()
    paths.set(path, found)
    if (typeof value !== 'object' || value === null) found.add(writeValue(path, value))
  }
  return paths
}

/** Every member of a value, and their members, with their key paths. */
function listMembers(path: string, value: unknown): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  const own: [string, unknown] = [path, value]
  if (Array.isArray(value))
    return [own, [`${path}[]`, value], ...value.flatMap((item) => listMembers(`${path}[]`, item))]
  const start = path === '' ? '' : `${path}.`
  return [own, ...Object.entries(value).flatMap(([name, member]) => listMembers(`${start}${name}`, member))]
}

/** Writes a value as a shape does, in lower case. Results are numbers or texts, so their texts have quotes. */
function writeValue(path: string, value: unknown): string {
  if (typeof value !== 'string') return String(value)
  const isResult = /\.(?:sub)?code$/i.test(path)
  return isResult ? `"${value.toLowerCase()}"` : value.replace('#microsoft.graph.', '').toLowerCase()
}

/** What a body lacks of a documented shape. The case of values is ignored, because it differs between the pages. */
export function findMissing(shape: Shape, body: BodyPaths): string[] {
  return pathsOf(shape).flatMap(([path, values]) => {
    const found = body.get(path)
    if (!found) return [path]
    const missing = values.filter((value) => value !== 'null' && !found.has(value.toLowerCase()))
    return missing.map((value) => `${path}=${value}`)
  })
}

import { DIALECT_NAMES, type DialectName } from '../calls/resources.js'
import { GUID } from '../graph/ids.js'
import type { Endpoint } from '../http/endpoint.js'

/** The documented spelling of the paths of a dialect, of the many that are accepted. */
const VERSIONS: Readonly<Record<DialectName, string>> = { app: 'beta', communications: 'v1.0' }
const DEFAULT_VERSION = 'v1.0'
/** These words are a part of the path, although an endpoint has a choice of them. */
const FIXED = ['version', 'area', 'action']

/** One address of an endpoint. */
export interface Address {
  readonly path: string
  /** The path below the version and the area. */
  readonly tail: string
  /** The dialect of the paths below an area; undefined for all other paths. */
  readonly dialect: DialectName | undefined
  /** The dialects of the replies: that of the path, or all if only one dialect has a path. */
  readonly replyDialects: readonly DialectName[]
  readonly parameters: readonly PathParameter[]
}

interface PathParameter {
  readonly name: string
  readonly in: 'path'
  readonly required: true
  readonly schema: object
}

/** The documented addresses of an endpoint: one in each dialect for the paths below an area. */
export function listAddresses({ route, operation }: Endpoint): readonly Address[] {
  const areas = route.segments.find(({ name }) => name === 'area')?.words
  const dialects = areas ? DIALECT_NAMES.filter((name) => areas.includes(name)).toReversed() : [undefined]
  const isFixed = (name: string) => operation !== undefined && FIXED.includes(name)
  return dialects.map((dialect) => {
    const choose = (name: string, words: readonly string[]) => {
      if (name === 'version') return dialect ? VERSIONS[dialect] : DEFAULT_VERSION
      return name === 'area' ? dialect : words[0]
    }
    const segments = route.segments.map(({ name, words }) => {
      if (name === undefined) return words?.[0]
      return words && isFixed(name) ? choose(name, words) : `{${name}}`
    })
    const parameters = route.segments.flatMap(({ name, words }) =>
      name === undefined || isFixed(name) ? [] : toParameter(name, words),
    )
    const replyDialects = dialect && dialects.length > 1 ? [dialect] : DIALECT_NAMES
    const tail = tailOf(segments, areas !== undefined)
    return { path: `/${segments.join('/')}`, tail, dialect, replyDialects, parameters }
  })
}

/** Paths of meetings begin with a version and a user, those of the service with a version only. */
function tailOf(segments: readonly (string | undefined)[], hasArea: boolean): string {
  if (hasArea) return segments.slice(2).join('/')
  if (segments[0] !== DEFAULT_VERSION) return segments.join('/')
  return segments.slice(segments[1] === 'users' ? 3 : 1).join('/')
}

/** The ids that are GUIDs in any spelling; all others are any text. */
const GUIDS = ['callId', 'callRecordId', 'participantId', 'operationId', 'contentSharingSessionId', 'applicationId']

function toParameter(name: string, words: readonly string[] | undefined): PathParameter {
  const pattern = GUIDS.includes(name) ? { pattern: GUID.source } : {}
  return { name, in: 'path', required: true, schema: { type: 'string', ...(words ? { enum: words } : pattern) } }
}

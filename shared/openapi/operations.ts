import * as z from 'zod'
import type { AnyOf, Permission } from '../auth/permissions.js'
import type { DialectName } from '../calls/resources.js'
import type { Replies, ReplyBody } from '../graph/replies/reply.js'
import type { Endpoint } from '../http/endpoint.js'
import type { Address } from './addresses.js'
import { errorsOf } from './errors.js'
import type { SchemaConverter } from './schemas.js'
import { tagOf } from './tags.js'

/** A part of the document whose form OpenAPI defines. */
export type Part = Record<string, unknown>

/** An operation of the document. */
export interface Operation {
  readonly operationId: string
  readonly summary: string | undefined
  readonly tags: readonly string[]
  /** The name of the function. */
  readonly 'x-ringback-function': string
  /** The application permission that is needed, in words. */
  readonly 'x-ringback-permission': string
  readonly [property: string]: unknown
}

/** Describes an operation at one of its addresses. */
export function describeOperation(endpoint: Endpoint, address: Address, schemas: SchemaConverter): Operation {
  const { name, summary } = endpoint
  const permission = describePermission(endpoint)
  const query = describeQuery(endpoint, schemas)
  const parameters = [...address.parameters, ...query]
  const requestBody = describeBody(endpoint, schemas)
  return {
    operationId: address.dialect === 'app' ? toCamelCase(`app-${name}`) : toCamelCase(name),
    summary,
    description: `Permission: ${permission}.`,
    tags: [tagOf(address.tail)],
    'x-ringback-function': name,
    'x-ringback-permission': permission,
    security: securityOf(endpoint),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: describeReplies(endpoint, address, schemas),
  }
}

const toCamelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The application permission that an endpoint needs, in words. */
function describePermission({ permissions, permissionNote }: Endpoint): string {
  if (permissions === 'open') return permissionNote ?? 'open'
  const names = permissions.map((permission) => alternativesOf(permission).join(' or '))
  return permissionNote ?? (names.join(' and ') || 'a token')
}

const alternativesOf = (permission: Permission | AnyOf): string[] =>
  ('anyOf' in permission ? permission.anyOf : [permission]).map(([first]) => first)

/** A token needs the permissions of one of these requirements. What depends on the request is in the description. */
function securityOf({ permissions, permissionNote }: Endpoint): Part[] {
  if (permissions === 'open') return permissionNote ? [{ recording: [] }] : []
  if (permissionNote) return [{ bearer: [] }]
  const combinations = permissions.reduce<string[][]>(
    (found, permission) => alternativesOf(permission).flatMap((role) => found.map((roles) => [...roles, role])),
    [[]],
  )
  return combinations.map((roles) => ({ bearer: roles }))
}

function describeQuery({ query }: Endpoint, schemas: SchemaConverter): Part[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !z.safeParse(schema, undefined).success,
    schema: schemas.convert(schema),
  }))
}

function describeBody({ body, contentTypes, example }: Endpoint, schemas: SchemaConverter): Part | undefined {
  const types = contentTypes ?? (body && { 'application/json': body })
  if (!types) return undefined
  const content = Object.entries(types).map(([type, schema]) => [
    type,
    { schema: schemas.convert(schema), ...(example && { example }) },
  ])
  // An empty body is read as null.
  return { required: !body?.safeParse(null).success, content: Object.fromEntries(content) }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'Success.',
  201: 'Created.',
  202: 'Accepted.',
  204: 'Done.',
  304: 'Not modified.',
}

function describeReplies(endpoint: Endpoint, address: Address, schemas: SchemaConverter): Part {
  const replies = repliesOf(endpoint, address).map(([status, bodies]) => [
    status,
    { description: DESCRIPTIONS[status] ?? 'An error.', ...describeReply(bodies, schemas) },
  ])
  return { ...errorsOf(endpoint, address), ...Object.fromEntries(replies) }
}

/** @param bodies none for an empty body; several for a reply in several dialects */
function describeReply(bodies: readonly ReplyBody[], schemas: SchemaConverter): Part {
  const files = bodies.flatMap((body) => (body && 'file' in body ? [[body.file, { schema: {} }]] : []))
  const [schema, ...others] = bodies.flatMap((body) => (body && !('file' in body) ? schemas.convert(body) : []))
  if (!schema) return files.length > 0 ? { content: Object.fromEntries(files) } : {}
  return { content: { 'application/json': { schema: others.length > 0 ? { anyOf: [schema, ...others] } : schema } } }
}

/** The replies at an address, by status; in each dialect of the address. */
function repliesOf({ replies = {} }: Endpoint, { replyDialects }: Address): [string, ReplyBody[]][] {
  const all = selectReplies(replies, replyDialects)
  const statuses = [...new Set(all.flatMap((each) => Object.keys(each)))]
  return statuses.map((status) => [status, all.flatMap((each) => each[Number(status)] ?? [])])
}

const selectReplies = (replies: NonNullable<Endpoint['replies']>, names: readonly DialectName[]): readonly Replies[] =>
  isPerDialect(replies) ? names.map((name) => replies[name]) : [replies]

const isPerDialect = (replies: NonNullable<Endpoint['replies']>): replies is Record<DialectName, Replies> =>
  'communications' in replies

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApiDocument } from '../../shared/openapi/document.js'

// Checks requests and replies against the OpenAPI document.

/** A request and its reply. */
export interface Exchange {
  readonly method: string
  /** The path and the query. */
  readonly path: string
  /** The body of the request, if it is JSON. */
  readonly body?: unknown
  readonly status: number
  /** The text of the reply. */
  readonly reply: string
}

type Dialect = 'app' | 'communications'
type Part = Readonly<Record<string, unknown>>

interface Operation {
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Part }[]
  readonly responses: Readonly<Record<string, Response>>
}
type Response = { readonly $ref?: string; readonly content?: Content }
type Content = Readonly<Record<string, { readonly schema: Part }>>
interface Found {
  readonly operation: Operation | undefined
  /** The values of the parameters in the path. */
  readonly parameters: Readonly<Record<string, string>>
}

const JSON_TYPE = 'application/json'
const START: Readonly<Record<Dialect, string>> = { app: 'beta/app', communications: 'v1.0/communications' }
const USER = 'v1.0/users/me'
const BATCH = 'v1.0/$batch'
/** What is not in the document: the inspector, the reference page, and the address that leads to the inspector. */
const INTERNAL = /^\/*((inspector|docs)(\/|$)|$)/i

/** Checks exchanges. A schema is compiled when it is first needed. */
export class OpenApiCheck {
  readonly #document: OpenApiDocument
  readonly #replies: Schemas
  /** Replies with some properties only. */
  readonly #selections: Schemas
  readonly #requests: Schemas

  constructor(document: OpenApiDocument) {
    this.#document = document
    this.#replies = new Schemas(document, close)
    this.#selections = new Schemas(document, (schema) => close(withoutRequired(schema)))
    this.#requests = new Schemas(document, acceptAnyCase)
  }

  /**
   * Returns what is wrong with a reply: a status, a property or a value that the document does not have.
   *
   * @param dialect that of the call in the path; by default that of the path
   */
  findReplyProblem({ method, path, status, reply }: Exchange, dialect?: Dialect): string | undefined {
    const operation = this.#find(method, path, dialect)?.operation
    if (!operation) {
      if (INTERNAL.test(pathOf(path))) return undefined
      return status < 400 ? 'is not in the document' : this.#checkBody('error', this.#errorSchema, reply)
    }
    const response = this.#resolve(operation.responses[status])
    if (!response) return `the document has no status ${status}`
    if (!response.content) return reply === '' ? undefined : 'the document has no body'
    const json = response.content[JSON_TYPE]
    if (!json) return undefined
    const what = `the reply with ${status}`
    return status < 400 && isSelective(path)
      ? this.#checkSelection(what, json.schema, reply)
      : this.#checkBody(what, json.schema, reply)
  }

  /** Returns what is wrong with a request that should be valid. */
  findRequestProblem({ method, path, body }: Omit<Exchange, 'status' | 'reply'>): string | undefined {
    const found = this.#find(method, path)
    if (!found?.operation) return INTERNAL.test(pathOf(path)) ? undefined : 'is not in the document'
    const { requestBody, parameters = [] } = found.operation
    const query = new URL(`http://localhost${path}`).searchParams
    // A body may also be a file. The query belongs to the file; JSON has its properties.
    const mayBeFile = Object.keys(requestBody?.content ?? {}).length > 1
    const values = parameters
      .filter((parameter) => parameter.in === 'path' || !mayBeFile)
      .map(({ name, in: place, schema }) => ({
        name,
        schema,
        value: place === 'path' ? found.parameters[name] : (query.get(name) ?? undefined),
      }))
    const isBodyChecked = body !== undefined || (requestBody?.required === true && !mayBeFile)
    const schema = isBodyChecked ? requestBody?.content[JSON_TYPE]?.schema : undefined
    return this.#checkValues([...values, ...(schema ? [{ name: 'the body', schema, value: withoutNulls(body) }] : [])])
  }

  #checkValues(values: readonly { name: string; schema: Part; value: unknown }[]): string | undefined {
    for (const { name, schema, value } of values) {
      const isGiven = value !== undefined || name === 'the body'
      const problem = isGiven ? this.#requests.validate(schema, value) : undefined
      if (problem) return `${name} ${problem}`
    }
    return undefined
  }

  /** Returns what is wrong with a notification. */
  findNotificationProblem(dialect: Dialect, body: unknown): string | undefined {
    const name = dialect === 'app' ? 'appCommsNotifications' : 'commsNotifications'
    return this.findComponentProblem(name, body)
  }

  /** Returns what is wrong with a value of a schema with a name. */
  findComponentProblem(name: string, value: unknown): string | undefined {
    return this.#replies.validate({ $ref: `#/components/schemas/${name}` }, value)
  }

  readonly #errorSchema = { $ref: '#/components/schemas/error' }

  #checkBody(what: string, schema: Part, text: string): string | undefined {
    return prefix(what, this.#replies.validate(schema, JSON.parse(text || 'null')))
  }

  #checkSelection(what: string, schema: Part, text: string): string | undefined {
    return prefix(what, this.#selections.validate(schema, withoutNulls(JSON.parse(text || 'null'))))
  }

  #resolve(response: Response | undefined): Response | undefined {
    const name = response?.$ref?.split('/').at(-1)
    const { responses } = this.#document.components as { responses: Record<string, Response> }
    return name === undefined ? response : responses[name]
  }

  #find(method: string, path: string, dialect?: Dialect): Found | undefined {
    const segments = toCanonical(pathOf(path).split('/').filter(Boolean).map(decode), dialect)
    for (const [template, operations] of Object.entries(this.#document.paths)) {
      const parameters = match(template.split('/').filter(Boolean), segments)
      const operation = operations[method === 'HEAD' ? 'get' : method.toLowerCase()] as Operation | undefined
      if (parameters && operation && allowsWords(operation, parameters)) return { operation, parameters }
    }
    return undefined
  }
}

const prefix = (what: string, problem: string | undefined): string | undefined => problem && `${what} ${problem}`

const urlOf = (path: string): URL => new URL(`http://localhost${path.replace(/^\/+/, '/')}`)

/** The path without its query, as a client sends it. */
const pathOf = (path: string): string => urlOf(path).pathname

/** Whether a request has `$select`, which leaves out of the reply what is not selected. */
const isSelective = (path: string): boolean =>
  [...urlOf(path).searchParams.keys()].some((name) => /^\$?select$/i.test(name))

/** The spelling of a path in the document. */
function toCanonical(segments: readonly string[], dialect: Dialect | undefined): readonly string[] {
  const [version = '', area = '', ...rest] = segments[0]?.toLowerCase() === 'app' ? ['beta', ...segments] : segments
  if (!/^(beta|v1\.0)$/i.test(version)) return segments
  if (/^\$batch$/i.test(area)) return [...BATCH.split('/'), ...rest]
  const isUser = /^users$/i.test(area)
  const tail = isUser || /^applications$/i.test(area) ? rest.slice(1) : rest
  const words = tail.map((segment) =>
    segment.replace(/^microsoft\.graph\./i, '').replace(/^record$/i, 'recordResponse'),
  )
  if (/^(onlineMeetings|calendar)$/i.test(words[0] ?? '')) return [...USER.split('/'), ...words]
  if (!/^(app|applications|communications)$/i.test(area)) return segments
  const ofPath = /^communications$/i.test(area) ? 'communications' : 'app'
  const isOnlyBelowApp = /^updateMetadata$/i.test(words.at(-1) ?? '')
  const start = words.length > 1 && !isOnlyBelowApp ? (dialect ?? ofPath) : ofPath
  return [...START[start].split('/'), ...words]
}

function match(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, word] of template.entries()) {
    const segment = segments[index] ?? ''
    const [, name] = /^\{(\w+)\}$/.exec(word) ?? []
    if (name) parameters[name] = segment
    else if (word.toLowerCase() !== segment.toLowerCase()) return undefined
  }
  return parameters
}

/** Whether each parameter with a choice of words has one of them. */
const allowsWords = ({ parameters = [] }: Operation, values: Readonly<Record<string, string>>): boolean =>
  parameters.every(({ name, in: place, schema }) => {
    const words = place === 'path' && Array.isArray(schema.enum) ? schema.enum.map(String) : undefined
    return !words || words.some((word) => word.toLowerCase() === values[name]?.toLowerCase())
  })

/** The schemas of the document after a change of each. */
class Schemas {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  readonly #change: (schema: object) => object
  readonly #compiled = new Map<object, ValidateFunction>()

  constructor(document: OpenApiDocument, change: (schema: object) => object) {
    this.#change = change
    this.#ajv.addKeyword({
      keyword: 'anyCaseEnum',
      validate: (values: string[], data: unknown) => values.includes(String(data).toLowerCase()),
    })
    const { schemas } = document.components as { schemas: Record<string, object> }
    for (const [name, schema] of Object.entries(schemas)) {
      this.#ajv.addSchema({ ...this.#prepare(schema), $id: toId(name) })
    }
  }

  validate(schema: object, value: unknown): string | undefined {
    const known = this.#compiled.get(schema) ?? this.#ajv.compile({ allOf: [this.#prepare(schema)] })
    this.#compiled.set(schema, known)
    if (known(value)) return undefined
    return `is not valid: ${this.#ajv.errorsText(known.errors)} (${JSON.stringify(known.errors?.[0]?.params)})`
  }

  #prepare(schema: object): object {
    const { examples: _, ...rest } = visitSchema(schema, this.#change) as { examples?: unknown }
    return JSON.parse(JSON.stringify(rest).replaceAll('"#/components/schemas/', `"${toId('')}`))
  }
}

const toId = (name: string): string => `http://localhost/${name}`

/** Applies a change to a schema and to all schemas inside of it. */
function visitSchema(value: unknown, change: (schema: object) => object): unknown {
  if (Array.isArray(value)) return value.map((item) => visitSchema(item, change))
  if (typeof value !== 'object' || value === null) return value
  const visited = Object.entries(value).map(([key, part]) => [key, visitSchema(part, change)])
  return change(Object.fromEntries(visited))
}

/** Replies have only the properties of the document. Clients ignore others, so the document does not say that. */
const close = (schema: object): object =>
  isObjectSchema(schema) && !('additionalProperties' in schema) ? { ...schema, additionalProperties: false } : schema

function withoutRequired(schema: object): object {
  if (!isObjectSchema(schema)) return schema
  const { required: _, ...rest } = schema as { readonly required?: unknown }
  return rest
}

const isObjectSchema = (schema: object): boolean =>
  'properties' in schema && 'type' in schema && schema.type === 'object'

/** As the document says, the service accepts the values of an enumeration in any case. */
function acceptAnyCase(schema: object): object {
  if (!('enum' in schema) || !Array.isArray(schema.enum)) return schema
  const { enum: values, ...rest } = schema
  return { ...rest, anyCaseEnum: values.map((value) => String(value).toLowerCase()) }
}

/** As the document says, a property that is null counts as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const given = Object.entries(value).filter(([, property]) => property !== null)
  return Object.fromEntries(given.map(([key, property]) => [key, withoutNulls(property)]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

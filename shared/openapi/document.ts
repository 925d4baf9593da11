import { errorReply } from '../graph/replies/error.js'
import type { Endpoint } from '../http/endpoint.js'
import { baseNameOf } from '../http/registerEndpoint.js'
import { listAddresses } from './addresses.js'
import { errorResponses } from './errors.js'
import { resourceExamples } from './examples.js'
import { describeOperation, type Operation, type Part } from './operations.js'
import { SchemaConverter } from './schemas.js'
import { listTags, positionOfTag } from './tags.js'
import { describeWebhooks } from './webhooks.js'

const DESCRIPTION = `The calling API of Microsoft Graph, as Ringback serves it.

- A call speaks one dialect for its whole life: the current API, with paths below \`/communications\`, or the API of
  2019, with paths below \`/app\`. Every call can be reached under both; a reply is in the dialect of its call.
- This document shows one spelling of each path. The service accepts all spellings of Graph: \`/v1.0\` and \`/beta\`,
  \`/applications/{applicationId}\`, \`/me\`, actions as \`microsoft.graph.{action}\`, and any case.
- Values of enumerations are accepted in any case, and a property that is null counts as absent. Some properties have
  older names, which are accepted too.
- With \`$select\`, a reply has only the selected properties, the id, and the annotations of OData.
- Bodies and replies are open: ignore properties that you do not know.
- A request with the header \`client-request-id\` that is sent again within a call does not act twice.`

/** The OpenAPI document of the endpoints that have a description. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: Part
  readonly servers: readonly Part[]
  readonly tags: readonly Part[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly webhooks: Part
  readonly components: Part
}

/** Builds the document. Pure: the same endpoints give the same document. */
export function buildDocument(endpoints: readonly Endpoint[]): OpenApiDocument {
  const schemas = new SchemaConverter()
  schemas.convert(errorReply)
  const documented = endpoints.filter(({ name, replies }) => replies && baseNameOf(name) === name)
  const paths: Record<string, Record<string, Operation>> = {}
  for (const endpoint of documented.toSorted(byName)) {
    for (const address of listAddresses(endpoint)) {
      const operations = paths[address.path] ?? {}
      operations[endpoint.method.toLowerCase()] = describeOperation(endpoint, address, schemas)
      paths[address.path] = operations
    }
  }
  const webhooks = describeWebhooks(schemas)
  const used = new Set(Object.values(paths).flatMap((path) => Object.values(path).flatMap(({ tags }) => tags)))
  const examples = resourceExamples()
  const components = Object.entries(schemas.components).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ringback',
      // That of the document and not of the implementation (OpenAPI 3.1, Info Object): a release changes no operation.
      version: '1.0',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that serves this document.' }],
    tags: listTags(used),
    paths: Object.fromEntries(Object.entries(paths).toSorted(([, a], [, b]) => tagPosition(a) - tagPosition(b))),
    webhooks,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token of an application. The names in a requirement are its application permissions.',
        },
        recording: { type: 'http', scheme: 'bearer', description: 'The `recordingAccessToken` of a recording.' },
        notification: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The token on a notification. `/v1/.well-known/openid-configuration` leads to its keys.',
        },
      },
      responses: errorResponses,
      schemas: Object.fromEntries(
        components.map(([name, schema]) => [name, examples[name] ? { ...schema, examples: [examples[name]] } : schema]),
      ),
    },
  }
}

/** The paths are in the order of their groups. */
const tagPosition = (operations: Readonly<Record<string, Operation>>): number =>
  positionOfTag(Object.values(operations)[0]?.tags[0] ?? '')

const byName = (a: Endpoint, b: Endpoint): number => (a.name < b.name ? -1 : 1)

import * as z from 'zod'
import { documentedInputOf } from '../graph/requests/parse.js'

/** A JSON Schema (2020-12), the language of OpenAPI 3.1. */
export type JsonSchema = z.core.JSONSchema.BaseSchema

const COMPONENTS = '#/components/schemas/'

/** Converts the schemas of the service, and collects those that have a name. */
export class SchemaConverter {
  /** The schemas with a name. */
  readonly components: Record<string, JsonSchema> = {}

  /** Converts what a client sends or receives; a schema with a name becomes a reference to it. */
  convert(schema: z.core.$ZodType): JsonSchema {
    const {
      $schema: _,
      $defs = {},
      ...converted
    } = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const documented = documentedInputOf(zodSchema)
        if (documented) replace(jsonSchema, this.convert(documented))
        for (const bound of ['minimum', 'maximum'] as const) {
          // The limits of the type, which say nothing.
          if (Math.abs(Number(jsonSchema[bound])) === Number.MAX_SAFE_INTEGER) delete jsonSchema[bound]
        }
      },
    })
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) {
      this.components[name] = withComponents(definition)
    }
    return withComponents(converted)
  }
}

function replace(target: object, source: object): void {
  for (const key of Object.keys(target)) delete (target as Record<string, unknown>)[key]
  Object.assign(target, source)
}

/** References to schemas with a name point to the components of the document. */
const withComponents = (schema: object): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${COMPONENTS}`))

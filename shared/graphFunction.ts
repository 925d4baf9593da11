import { app } from '@azure/functions'
import type { Definition, Endpoint } from './endpoint.js'
import { AddressTemplate } from './graph/paths.js'
import { handleRequest } from './handleRequest.js'
import './startup.js'

/** The spellings of each area of Graph: what they add to the name of the function, and where they lie below the version. */
const AREAS = {
  calls: [
    ['', '{area:app|communications}'],
    ['-application', 'applications/{applicationId}'],
  ],
  people: [
    ['', 'users/{userId}'],
    ['-me', 'me'],
  ],
} as const

export interface GraphDefinition<B> extends Definition<B> {
  /** The calls API, if nothing else is said. */
  readonly area?: keyof typeof AREAS
  /** The action at the end of the path, which also answers to `microsoft.graph.{action}`. */
  readonly action?: string
}

const registered: Endpoint[] = []

/** Every endpoint, in the order of registration. */
export const endpoints = (): readonly Endpoint[] => registered

/** Registers an endpoint of Graph once for every spelling of its area, because a function has one route. */
export function graphFunction<B = undefined>({ action, area = 'calls', ...definition }: GraphDefinition<B>): void {
  const tail = action ? `${definition.path}/{action:${action}|microsoft.graph.${action}}` : definition.path
  for (const [suffix, place] of AREAS[area]) {
    register(`${definition.name}${suffix}`, `{version:beta|v1.0}/${place}/${tail}`, definition)
  }
}

/** Registers an endpoint that has one address and no version. */
export function httpFunction<B = undefined>(definition: Definition<B>): void {
  register(definition.name, definition.path, definition)
}

function register<B>(name: string, path: string, definition: Definition<B>): void {
  const address = new AddressTemplate(path)
  const endpoint = { ...definition, name, address } as unknown as Endpoint
  registered.push(endpoint)
  app.http(name, {
    methods: [definition.method],
    route: address.route,
    authLevel: 'anonymous',
    handler: (request, invocation) => handleRequest(endpoint, request, invocation),
  })
}

import { app } from '@azure/functions'
import type { Definition, Endpoint } from './endpoint.js'
import { AddressTemplate } from './graph/paths.js'
import { handleRequest } from './handleRequest.js'
import './startup.js'

export interface GraphDefinition<B> extends Definition<B> {
  /** The action at the end of the path, which also answers to `microsoft.graph.{action}`. */
  readonly action?: string
}

const registered: Endpoint[] = []

/** Every endpoint, in the order of registration. */
export const endpoints = (): readonly Endpoint[] => registered

/**
 * Registers an endpoint of the calls API under all of its spellings: `/{version}/app/...` and `/communications/...` as the
 * function `name`, `/applications/{applicationId}/...` as `name-application`, because a function has one route.
 */
export function graphFunction<B = undefined>({ action, ...definition }: GraphDefinition<B>): void {
  const tail = action ? `${definition.path}/{action:${action}|microsoft.graph.${action}}` : definition.path
  const { name } = definition
  register(name, `{version:beta|v1.0}/{area:app|communications}/${tail}`, definition)
  register(`${name}-application`, `{version:beta|v1.0}/applications/{applicationId}/${tail}`, definition)
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

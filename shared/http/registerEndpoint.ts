import { app } from '@azure/functions'
import { getService } from '../service/processService.js'
import type { Endpoint, EndpointDefinition, FileEndpointDefinition, TextEndpointDefinition } from './endpoint.js'
import { handleRequest } from './handleRequest.js'
import { nameOperation } from './operationName.js'
import { RouteTemplate } from './routeTemplate.js'

const VERSION = '{version:beta|v1.0}'
/**
 * The areas of Graph. The paths of an area have several spellings; each has a suffix for the names of its functions and
 * the start of its paths. The page of 2019 that documents a whole flow writes `/app/calls` without a version.
 */
const AREAS = {
  calls: [
    ['', `${VERSION}/{area:app|communications}`],
    ['-application', `${VERSION}/applications/{applicationId}`],
    ['-app', 'app'],
  ],
  /** The calls of an operation that existed only below these paths. */
  calls2019: [
    ['', `${VERSION}/{area:app}`],
    ['-application', `${VERSION}/applications/{applicationId}`],
    ['-app', 'app'],
  ],
  /** What only the current API has. */
  communications: [['', `${VERSION}/{area:communications}`]],
  /** What is not below an area. */
  service: [['', VERSION]],
  people: [
    ['', `${VERSION}/users/{userId}`],
    ['-me', `${VERSION}/{userId:me}`],
  ],
  meetings: [
    ['', `${VERSION}/users/{userId}`],
    ['-me', `${VERSION}/{userId:me}`],
    ['-communications', `${VERSION}/{area:app|communications}`],
    ['-application', `${VERSION}/applications/{applicationId}`],
    ['-app', 'app'],
  ],
} as const
const SUFFIXES = Object.values(AREAS).flatMap((spellings) => spellings.flatMap(([suffix]) => suffix || []))

/** Where the paths of meetings begin, in each spelling. */
export const MEETING_PATHS: readonly string[] = AREAS.meetings.map(([, start]) => start)

/** A path segment that matches any of these actions, also under the name `microsoft.graph.{action}`. */
const actionSegment = (...actions: readonly string[]): string =>
  `{action:${actions.flatMap((action) => [action, `microsoft.graph.${action}`]).join('|')}}`

/** The name of an endpoint without the suffix of its spelling. */
export const baseNameOf = (name: string): string => {
  const suffix = SUFFIXES.find((candidate) => name.endsWith(candidate))
  return suffix ? name.slice(0, -suffix.length) : name
}

export interface GraphEndpointDefinition<B> extends EndpointDefinition<B> {
  /** The area; `calls` by default. */
  readonly area?: keyof typeof AREAS
  /** The action at the end of the path, which also has the name `microsoft.graph.{action}`. */
  readonly action?: string
  /** An older name of the action. */
  readonly formerAction?: string
}

const registered: Endpoint[] = []

/** Every endpoint, in the order of registration. */
export const registeredEndpoints = (): readonly Endpoint[] => registered

/** Registers a Graph endpoint once for each spelling of its area, because a function has one route. */
export function registerGraphEndpoint<B = undefined>(definition: GraphEndpointDefinition<B>): void {
  const { action, formerAction, area = 'calls', ...endpoint } = definition
  const actions = [action, formerAction].filter((name) => name !== undefined)
  const tail = action ? `${endpoint.path}/${actionSegment(...actions)}` : endpoint.path
  const operation = nameOperation(endpoint.method, endpoint.path, action)
  for (const [suffix, start] of AREAS[area]) {
    register(`${endpoint.name}${suffix}`, `${start}/${tail}`, endpoint, operation)
  }
}

/** Registers an endpoint with one address and no version. */
export function registerEndpoint<B = undefined>(definition: EndpointDefinition<B>): void {
  register(definition.name, definition.path, definition)
}

/** Registers an endpoint with one address and no version whose body is read as text. */
export function registerTextEndpoint(definition: Omit<TextEndpointDefinition, 'bodyType'>): void {
  register(definition.name, definition.path, { ...definition, bodyType: 'text' })
}

/** Registers an endpoint with one address and no version whose body is read as bytes. */
export function registerFileEndpoint(definition: Omit<FileEndpointDefinition, 'bodyType'>): void {
  register(definition.name, definition.path, { ...definition, bodyType: 'file' })
}

type AnyEndpointDefinition<B> = EndpointDefinition<B> | TextEndpointDefinition | FileEndpointDefinition

function register<B>(name: string, path: string, definition: AnyEndpointDefinition<B>, operation?: string): void {
  const route = new RouteTemplate(path)
  // A handler takes the output of its own body schema; the type of the list of all endpoints cannot express this.
  const endpoint = { ...definition, name, route, operation } as unknown as Endpoint
  registered.push(endpoint)
  app.http(name, {
    methods: [definition.method],
    route: route.aspNetTemplate,
    authLevel: 'anonymous',
    handler: (request, invocation) => handleRequest(endpoint, { request, invocation, getService }),
  })
}

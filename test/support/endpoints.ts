import type { Endpoint } from '../../shared/http/endpoint.js'
import { registeredEndpoints } from '../../shared/http/registerEndpoint.js'

// The endpoints that the code has registered, for tests that try all of them.

/** A role for one of these endpoints gives access to the bots, people or deliveries of every application. */
export const isForOperators = ({ permissions }: Endpoint): boolean =>
  permissions !== 'open' &&
  permissions.flatMap((rule) => ('anyOf' in rule ? rule.anyOf : [rule])).some(([name]) => !name.startsWith('Calls.'))

/** The endpoints of a call. Recordings are open: each has a secret of its own (recordResponse.test.ts). */
export const listCallEndpoints = (): readonly Endpoint[] =>
  registeredEndpoints().filter(
    (endpoint) =>
      endpoint.route.text.includes('{callId}') && !isForOperators(endpoint) && endpoint.permissions !== 'open',
  )

export const withNames = (endpoints: readonly Endpoint[]): (readonly [string, Endpoint])[] =>
  endpoints.map((endpoint) => [endpoint.name, endpoint] as const)

/** Makes the path of an endpoint: with these ids, and with the first of the words that a place allows. */
export function makePath({ route }: Endpoint, ids: Readonly<Record<string, string>>): string {
  const parameter = /\{(\w+)(?::([^}|]+)[^}]*)?\}/g
  return `/${route.text.replaceAll(parameter, (_, name: string, word?: string) => word ?? ids[name] ?? 'x')}`
}

/** Two refusals may differ only in the ids of the requests and the dates. */
export const withoutRequestIds = (text: string): string =>
  text.replaceAll(/"(request-id|client-request-id|date)":"[^"]*"/g, '"$1":""')

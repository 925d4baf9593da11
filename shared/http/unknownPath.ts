import type { HttpResponseInit } from '@azure/functions'
import type { Reply } from '../graph/dialects/dialect.js'
import { type GraphError, methodNotAllowed, notImplemented } from '../graph/errors.js'
import { isInspectorEnabled } from '../service/config.js'
import type { Endpoint } from './endpoint.js'
import { handleRequest, noSuchEndpoint } from './handleRequest.js'
import type { Incoming } from './incoming.js'
import { MEETING_PATHS, registeredEndpoints } from './registerEndpoint.js'
import { respond } from './respond.js'
import { RouteTemplate } from './routeTemplate.js'

/**
 * The documented operations that are not built: the method and the path below those of meetings. Other methods of these
 * paths are built, and exist only with the simulator.
 */
const NOT_IMPLEMENTED = [['DELETE', 'onlineMeetings/{meetingId}']] as const

/** The address that a person opens first leads to the page for people. */
const TO_INSPECTOR: Reply = { status: 302, headers: { Location: '/inspector' } }

/** Each operation once for each start of its path. */
const unimplementedOperations = NOT_IMPLEMENTED.flatMap(([method, path]) =>
  MEETING_PATHS.map((start) => ({ method, path, route: new RouteTemplate(`${start}/${path}`) })),
)

/**
 * Answers a request that no route of the host matches. A path with doubled slashes is still answered by its endpoint,
 * and HEAD is answered as GET without the body (RFC 9110, 9.3.2). Everything else is an error: 405 for a wrong method,
 * 501 for a documented operation that is not built, otherwise 404.
 */
export async function answerUnknownPath(incoming: Incoming): Promise<HttpResponseInit> {
  const { request } = incoming
  const { pathname } = new URL(request.url)
  const isHead = request.method === 'HEAD'
  const candidates = registeredEndpoints().filter(({ route }) => route.match(pathname))
  const endpoint = candidates.find(({ method }) => method === (isHead ? 'GET' : request.method))
  const response = endpoint
    ? await handleRequest(endpoint, incoming)
    : await respond('unknown-path', incoming, async ({ settings }) => {
        const isRead = isHead || request.method === 'GET'
        if (pathname === '/' && isRead && isInspectorEnabled(settings)) return TO_INSPECTOR
        const enabled = candidates.filter(({ isEnabled }) => !isEnabled || isEnabled(settings))
        throw errorOf(request.method, pathname, enabled)
      })
  return isHead ? withoutBody(response) : response
}

function errorOf(method: string, pathname: string, candidates: readonly Endpoint[]): GraphError {
  if (candidates.length === 0) return noSuchEndpoint(method, pathname)
  const operation = unimplementedOperations.find(
    (candidate) => candidate.method === method && candidate.route.match(pathname),
  )
  if (operation) return notImplemented(`${method} ${operation.path}`)
  const methods = new Set(
    candidates.flatMap((endpoint) => (endpoint.method === 'GET' ? ['GET', 'HEAD'] : endpoint.method)),
  )
  return methodNotAllowed(method, [...methods].toSorted())
}

const withoutBody = ({ jsonBody: _, body: _file, ...response }: HttpResponseInit): HttpResponseInit => response

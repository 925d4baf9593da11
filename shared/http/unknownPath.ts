import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { type GraphError, methodNotAllowed, notImplemented } from '../graph/errors.js'
import type { Endpoint } from './endpoint.js'
import { handleRequest, noSuchEndpoint } from './handleRequest.js'
import { actionSegment, CALL_PATHS, MEETING_PATHS, registeredEndpoints } from './registerEndpoint.js'
import { respond } from './respond.js'
import { RouteTemplate } from './routeTemplate.js'

/** The documented operations that are not built: the method and the path below `calls` (Graph: call, participant). */
const NOT_IMPLEMENTED = [['POST', `calls/{callId}/${actionSegment('record', 'recordResponse')}`]] as const

/** The same below the paths of meetings. Other methods of these paths are built, and exist only with the simulator. */
const NOT_IMPLEMENTED_FOR_MEETINGS = [['DELETE', 'onlineMeetings/{meetingId}']] as const

/** Returns each operation once for each start of its path. */
const combineWithStarts = (
  starts: readonly string[],
  operations: readonly (readonly [method: string, path: string])[],
) =>
  operations.flatMap(([method, path]) =>
    starts.map((start) => ({ method, path, route: new RouteTemplate(`${start}/${path}`) })),
  )
const unimplementedOperations = combineWithStarts(CALL_PATHS, NOT_IMPLEMENTED)
const unimplementedMeetingOperations = combineWithStarts(MEETING_PATHS, NOT_IMPLEMENTED_FOR_MEETINGS)

/**
 * Answers a request that no route of the host matches. A path with doubled slashes is still answered by its endpoint,
 * and HEAD is answered as GET without the body (RFC 9110, 9.3.2). Everything else is an error: 405 for a wrong method,
 * 501 for a documented operation that is not built, otherwise 404.
 */
export async function answerUnknownPath(
  request: HttpRequest,
  invocation: InvocationContext,
): Promise<HttpResponseInit> {
  const { pathname } = new URL(request.url)
  const isHead = request.method === 'HEAD'
  const candidates = registeredEndpoints().filter(({ route }) => route.match(pathname))
  const endpoint = candidates.find(({ method }) => method === (isHead ? 'GET' : request.method))
  const response = endpoint
    ? await handleRequest(endpoint, request, invocation)
    : await respond('unknown-path', request, invocation, async ({ settings }) => {
        const enabled = candidates.filter(({ isEnabled }) => !isEnabled || isEnabled(settings))
        throw errorOf(request.method, pathname, enabled)
      })
  return isHead ? withoutBody(response) : response
}

function errorOf(method: string, pathname: string, candidates: readonly Endpoint[]): GraphError {
  const operations =
    candidates.length > 0 ? [...unimplementedOperations, ...unimplementedMeetingOperations] : unimplementedOperations
  const operation = operations.find((candidate) => candidate.method === method && candidate.route.match(pathname))
  if (operation) {
    const { action = '' } = operation.route.match(pathname) ?? {}
    const name = action.replace(/^microsoft\.graph\./i, '')
    return notImplemented(`${method} ${operation.path.replace(/\{action:[^}]+\}/, name)}`)
  }
  if (candidates.length === 0) return noSuchEndpoint(method, pathname)
  const methods = new Set(
    candidates.flatMap((endpoint) => (endpoint.method === 'GET' ? ['GET', 'HEAD'] : endpoint.method)),
  )
  return methodNotAllowed(method, [...methods].toSorted())
}

const withoutBody = ({ jsonBody: _, ...response }: HttpResponseInit): HttpResponseInit => response

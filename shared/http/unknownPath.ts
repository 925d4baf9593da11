import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { type GraphError, methodNotAllowed, notImplemented } from '../graph/errors.js'
import type { Endpoint } from './endpoint.js'
import { handleRequest, noSuchEndpoint } from './handleRequest.js'
import { registeredEndpoints } from './registerEndpoint.js'
import { respond } from './respond.js'
import { RouteTemplate } from './routeTemplate.js'

const CALLS = [
  '{version:beta|v1.0}/{area:app|communications}',
  '{version:beta|v1.0}/applications/{applicationId}',
  'app',
]

/** The documented operations that are not built: the method and the path below `calls` (Graph: call, participant). */
const NOT_IMPLEMENTED = [
  ['POST', 'calls/{callId}/{action:redirect}'],
  ['POST', 'calls/{callId}/{action:transfer}'],
  ['POST', 'calls/{callId}/{action:record|recordResponse}'],
  ['POST', 'calls/{callId}/{action:updateRecordingStatus}'],
  ['POST', 'calls/{callId}/{action:updateMetadata}'],
  ['POST', 'calls/{callId}/{action:changeScreenSharingRole}'],
  ['POST', 'calls/{callId}/{action:sendDtmfTones}'],
  ['POST', 'calls/{callId}/{action:addLargeGalleryView}'],
  ['POST', 'calls/{action:logTeleconferenceDeviceQuality}'],
  ['DELETE', 'calls/{callId}/participants/{participantId}'],
  ['POST', 'calls/{callId}/participants/{action:muteAll|configureMixer}'],
  ['POST', 'calls/{callId}/participants/{participantId}/{action:mute|startHoldMusic|stopHoldMusic}'],
  ['POST', 'calls/{callId}/audioRoutingGroups'],
  ['GET', 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}'],
  ['PATCH', 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}'],
  ['DELETE', 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}'],
  ['GET', 'calls/{callId}/contentSharingSessions'],
  ['GET', 'calls/{callId}/contentSharingSessions/{contentSharingSessionId}'],
] as const

const missing = NOT_IMPLEMENTED.flatMap(([method, path]) =>
  CALLS.map((start) => ({ method, path, route: new RouteTemplate(`${start}/${withQualifiedAction(path)}`) })),
)

/** `{action:a|b}` also accepts `microsoft.graph.a`, as the implemented actions do. */
function withQualifiedAction(path: string): string {
  return path.replace(/\{action:([^}]+)\}/, (_, actions: string) => {
    const names = actions.split('|').flatMap((action) => [action, `microsoft.graph.${action}`])
    return `{action:${names.join('|')}}`
  })
}

/**
 * Answers a request that no route of the host matches. Doubled slashes reach an endpoint after all, and HEAD is answered
 * as GET without the body (RFC 9110, 9.3.2). Everything else is an error: 405 for a wrong method, 501 for a documented
 * operation that is not built, and 404.
 */
export async function answerUnknownPath(
  request: HttpRequest,
  invocation: InvocationContext,
): Promise<HttpResponseInit> {
  const { pathname } = new URL(request.url)
  const isHead = request.method === 'HEAD'
  const candidates = registeredEndpoints().filter(({ route }) => route.match(pathname))
  const endpoint = candidates.find(({ method }) => method === (isHead ? 'GET' : request.method))
  if (endpoint && !isHead) return handleRequest(endpoint, request, invocation)
  if (endpoint) return withoutBody(await handleRequest(endpoint, request, invocation))
  const response = await respond('unknown-path', request, invocation, async ({ settings }) => {
    const enabled = candidates.filter(({ isEnabled }) => !isEnabled || isEnabled(settings))
    throw errorOf(request.method, pathname, enabled)
  })
  return isHead ? withoutBody(response) : response
}

function errorOf(method: string, pathname: string, candidates: readonly Endpoint[]): GraphError {
  const operation = missing.find((candidate) => candidate.method === method && candidate.route.match(pathname))
  if (operation) return notImplemented(`${method} ${operation.path.replace(/\{action:[^}]+\}/, actionIn(pathname))}`)
  if (candidates.length === 0) return noSuchEndpoint(method, pathname)
  const methods = new Set(
    candidates.flatMap((endpoint) => (endpoint.method === 'GET' ? ['GET', 'HEAD'] : endpoint.method)),
  )
  return methodNotAllowed(method, [...methods].toSorted())
}

const actionIn = (pathname: string): string =>
  (pathname.split('/').findLast(Boolean) ?? '').replace(/^microsoft\.graph\./i, '')

const withoutBody = ({ jsonBody: _, ...response }: HttpResponseInit): HttpResponseInit => response

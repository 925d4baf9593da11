import { type Caller, requireTenant } from '../auth/accessTokens.js'
import { requirePermissions } from '../auth/permissions.js'
import type { Call } from '../calls/call.js'
import { callNotFound } from '../calls/errors.js'
import { notFound, tooManyRequests } from '../graph/errors.js'
import { readGuid } from '../graph/ids.js'
import type { Service } from '../service/service.js'
import type { Endpoint } from './endpoint.js'
import type { IncomingRequest } from './incoming.js'

const ANONYMOUS: Caller = { applicationId: '', tenantId: '', isForAnyTenant: false, roles: new Set() }

/**
 * Identifies the calling application, counts the request against its rate limit, and checks the permissions that do not
 * depend on the body. An open endpoint has an anonymous caller.
 *
 * @throws GraphError 401, 403, 404, 429 or 503
 */
export async function authenticate(
  { permissions, requiredPermissions }: Endpoint,
  service: Service,
  request: IncomingRequest,
  parameters: Readonly<Record<string, string>>,
): Promise<Caller> {
  if (permissions === 'open') return ANONYMOUS
  const caller = await service.accessTokens.verify(request.headers.get('authorization'))
  await countRequest(service, caller)
  requireOwnPath(caller, parameters)
  if (!requiredPermissions) requirePermissions(caller.roles, permissions)
  return caller
}

async function countRequest({ rateLimit, settings }: Service, { applicationId }: Caller): Promise<void> {
  const retryAfter = await rateLimit.consume(applicationId)
  if (retryAfter === undefined) return
  const limit = `${settings.REQUESTS_PER_10_SECONDS} requests in 10 seconds`
  throw tooManyRequests(`The application has reached its limit of ${limit}.`, retryAfter)
}

/** `/applications/{applicationId}/calls` addresses only the calls of the caller itself. */
function requireOwnPath({ applicationId }: Caller, parameters: Readonly<Record<string, string>>): void {
  if (parameters.version === undefined || parameters.applicationId === undefined) return
  if (readGuid(parameters.applicationId, 'applicationId') === applicationId) return
  throw notFound(`applicationId: the token was not issued to the application ${parameters.applicationId}.`)
}

/**
 * Checks that the caller may use this endpoint on a call.
 *
 * @throws CallError callNotFound for a call of another application, GraphError 403 without the permissions
 */
export function authorizeCall({ requiredPermissionsForCall }: Endpoint, caller: Caller, call: Call): void {
  // The same 404 as for a call that does not exist, so that a caller cannot find out which ids exist.
  if (call.applicationId !== caller.applicationId) throw callNotFound()
  requireTenant(caller, call.tenantId, 'The call')
  if (requiredPermissionsForCall) requirePermissions(caller.roles, requiredPermissionsForCall(call))
}

import { requireTenant } from '../../shared/auth/accessTokens.js'
import {
  ACCESS_MEDIA,
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
  type Permission,
} from '../../shared/auth/permissions.js'
import { requireInstanceForPhones } from '../../shared/calls/errors.js'
import type { Identity, ParticipantInfo } from '../../shared/calls/resources.js'
import { createCall } from '../../shared/engine/changeCall.js'
import { chooseLegCallIds } from '../../shared/engine/legs.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { invalidRequest } from '../../shared/graph/errors.js'
import { parseGuid } from '../../shared/graph/ids.js'
import { callSchemas } from '../../shared/graph/replies/call.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { type CreateBody, createBody } from '../../shared/graph/requests/createBody.js'
import { spellingOf } from '../../shared/graph/requests/parse.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'
import type { Service } from '../../shared/service/service.js'

registerGraphEndpoint({
  name: 'call-create',
  summary: 'Calls one or several participants, or joins a meeting',
  method: 'POST',
  path: 'calls',
  permissions: [INITIATE, INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST, ACCESS_MEDIA],
  permissionNote:
    'one target: Calls.Initiate.All; several: Calls.InitiateGroupCall.All; a meeting: Calls.JoinGroupCall.All, ' +
    'as a guest Calls.JoinGroupCallAsGuest.All; application-hosted media: Calls.AccessMedia.All too',
  requiredPermissions: (body) => [
    callPermission(body),
    ...(body.mediaConfig?.type === 'appHosted' ? [ACCESS_MEDIA] : []),
  ],
  body: createBody,
  example: {
    callbackUri: 'https://bot.contoso.com/api/calls',
    targets: [{ identity: { user: { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' } } }],
    requestedModalities: ['audio'],
    mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' },
  },
  replies: replyWith(201, callSchemas),
  handle: async function createCallFromRequest({ service, caller, body, parameters, request }) {
    const { targetDisposition: _, ringingTimeoutInSeconds, requestedModalities, tenantId, source, ...given } = body
    if (tenantId !== undefined) requireTenant(caller, tenantId, 'tenantId: the call')
    // Before the rule: a create writes a row of `callIndex` first, and a refused request changes nothing.
    requireInstanceForPhones(source, body.targets, 'targets')
    await service.callbackUrlPolicy.check(body.callbackUri, spellingOf(body, 'callbackUri'))
    const modalities = requestedModalities ?? (body.mediaConfig ? ['audio' as const] : [])
    const command = {
      ...given,
      type: 'create',
      id: service.newId(),
      applicationId: caller.applicationId,
      tenantId: tenantId ?? caller.tenantId,
      source: await resolveSource(service, source, caller.applicationId),
      requestedModalities: modalities,
      ringTimeoutMs: ringingTimeoutInSeconds && ringingTimeoutInSeconds * 1000,
      ...(await chooseLegCallIds(service, body.targets)),
    } as const
    const pathDialect = parameters.area?.toLowerCase() === 'communications' ? 'communications' : 'app'
    const { call, dialect, reply } = await createCall(service, command, pathDialect, request)
    return dialects[dialect].replyToCreate(reply?.call ?? call)
  },
})

/** The kind of call decides which permission is required (Graph: application-post-calls, Permissions). */
function callPermission({ meetingInfo, source, targets }: CreateBody): Permission {
  if (meetingInfo) return isGuest(source?.identity) ? JOIN_GROUP_CALL_AS_GUEST : JOIN_GROUP_CALL
  return targets.length > 1 ? INITIATE_GROUP_CALL : INITIATE
}

/** In the 2019 API, a guest is a user with the provider `None` (application-post-calls, join as a guest). */
const isGuest = (identity: Identity | undefined): boolean =>
  identity?.kind === 'guest' || (identity?.kind === 'user' && identity.identityProvider?.toLowerCase() === 'none')

/**
 * Completes the source of a call. An application must be the caller itself. Its id gets the spelling of the token, so
 * that all messages spell it the same, and its display name is by default that of its registration. A guest or an
 * application instance stays as it is.
 *
 * @throws GraphError 400 for another application
 */
async function resolveSource(
  service: Service,
  source: ParticipantInfo | undefined,
  applicationId: string,
): Promise<ParticipantInfo> {
  const { identity = { kind: 'application' as const, id: applicationId }, ...location } = source ?? {}
  if (identity.kind !== 'application') return { identity, ...location }
  if (parseGuid(identity.id) !== applicationId) {
    throw invalidRequest(`source.identity.application.id: ${identity.id} is not the application of the token.`)
  }
  const displayName = identity.displayName ?? (await service.bots.readDisplayName(applicationId))
  return { identity: { ...identity, id: applicationId, displayName }, ...location }
}

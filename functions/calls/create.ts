import { requireTenant } from '../../shared/access/accessTokens.js'
import {
  ACCESS_MEDIA,
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
  type Permission,
} from '../../shared/access/permissions.js'
import type { ParticipantInfo } from '../../shared/calls/resources.js'
import { createCall } from '../../shared/changeCall.js'
import { type CreateBody, createBody } from '../../shared/graph/bodies/createBody.js'
import { invalidRequest } from '../../shared/graph/errors.js'
import { parseGuid } from '../../shared/graph/ids.js'
import { graphFunction } from '../../shared/graphFunction.js'
import type { Service } from '../../shared/service.js'

graphFunction({
  name: 'call-create',
  method: 'POST',
  path: 'calls',
  permissions: [INITIATE, INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST, ACCESS_MEDIA],
  needs: (body) => [kindOf(body), ...(body.mediaConfig?.type === 'appHosted' ? [ACCESS_MEDIA] : [])],
  body: createBody,
  async handle({ service, caller, body, parameters, request }) {
    const { targetDisposition: _, ringingTimeoutInSeconds, requestedModalities, tenantId, source, ...given } = body
    if (tenantId !== undefined) requireTenant(caller, tenantId, 'tenantId: the call')
    await service.callbackAddresses.check(body.callbackUri, 'callbackUri')
    const modalities = requestedModalities ?? (body.mediaConfig ? ['audio' as const] : [])
    const command = {
      ...given,
      type: 'create',
      id: service.newId(),
      applicationId: caller.applicationId,
      tenantId: tenantId ?? caller.tenantId,
      source: await sourceOf(service, source, caller.applicationId),
      requestedModalities: modalities,
      ringForMs: ringingTimeoutInSeconds && ringingTimeoutInSeconds * 1000,
    } as const
    const area = parameters.area?.toLowerCase() === 'communications' ? 'communications' : 'app'
    const { call, dialect } = await createCall(service, command, area, request)
    return dialect.created(call)
  },
})

/** What is done decides what is asked for: Graph, permissions of application-post-calls. */
function kindOf({ meetingInfo, source, targets }: CreateBody): Permission {
  if (meetingInfo) return source?.identity.kind === 'guest' ? JOIN_GROUP_CALL_AS_GUEST : JOIN_GROUP_CALL
  return targets.length > 1 ? INITIATE_GROUP_CALL : INITIATE
}

/** A bot speaks for itself, under the name it is registered with; as a guest or through an application instance it may not. */
async function sourceOf(
  service: Service,
  source: ParticipantInfo | undefined,
  applicationId: string,
): Promise<ParticipantInfo> {
  const { identity = { kind: 'application' as const, id: applicationId }, ...where } = source ?? {}
  if (identity.kind !== 'application') return { identity, ...where }
  if (parseGuid(identity.id) !== applicationId) {
    throw invalidRequest(`source.identity.application.id: ${identity.id} is not the application of the token.`)
  }
  const displayName = identity.displayName ?? (await service.bots.read(applicationId))?.displayName
  return { identity: { ...identity, displayName }, ...where }
}

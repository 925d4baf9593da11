import type { Call, Decision } from '../call.js'
import type { ChangeScreenSharingRoleCommand } from '../commands.js'
import { CallError, requireGroupCall } from '../errors.js'
import { changeBot } from '../updates.js'

/** The bot starts or stops sharing its screen. The roster shows it; there is no operation. */
export function changeScreenSharingRole(call: Call, { type, role }: ChangeScreenSharingRoleCommand): Decision {
  requireGroupCall(call, type)
  if (call.mediaConfig?.type !== 'appHosted') {
    const media = call.mediaConfig ? 'service-hosted media' : 'no media'
    throw new CallError('needsAppHostedMedia', `The call has ${media}; ${type} needs application-hosted media.`)
  }
  return changeBot(call, { isSharing: role === 'sharer' || undefined })
}

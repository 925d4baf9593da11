import type { Call, Decision, RuleContext } from '../call.js'
import type { ChangeScreenSharingRoleCommand } from '../commands.js'
import { stopSharing, takeOver } from '../contentSharing.js'
import { CallError, requireGroupCall } from '../errors.js'
import { silentDecision } from '../updates.js'

/** The bot starts or stops sharing its screen. The roster and the session show it; there is no operation. */
export function changeScreenSharingRole(
  call: Call,
  { type, role }: ChangeScreenSharingRoleCommand,
  context: RuleContext,
): Decision {
  requireGroupCall(call, type)
  if (call.mediaConfig?.type !== 'appHosted') {
    const media = call.mediaConfig ? 'service-hosted media' : 'no media'
    throw new CallError('needsAppHostedMedia', `The call has ${media}; ${type} needs application-hosted media.`)
  }
  const bot = call.participants.find(({ id }) => id === call.myParticipantId)
  if (!bot) return silentDecision(call)
  return role === 'sharer' ? takeOver(call, bot, context) : stopSharing(call, bot)
}

import type { Call, RingingParticipant } from '../call.js'
import type { IncomingCommand, LegOffer } from '../commands.js'
import type { Identity } from '../resources.js'
import { botInfo } from '../updates.js'

/** A registered bot as the callee of a call. */
export interface Callee {
  readonly applicationId: string
  readonly tenantId: string
  readonly callingWebhook: string
  readonly displayName: string
}

/**
 * The command that gives an application its call, when it rings in this one: because it was called or invited, or
 * because the call is transferred or redirected to it.
 */
export function offerCall(
  call: Call,
  invitee: RingingParticipant,
  { applicationId, tenantId, callingWebhook, displayName }: Callee,
): IncomingCommand {
  const to: Identity = { kind: 'application', id: applicationId, displayName }
  return {
    type: 'incoming',
    id: invitee.legCallId ?? '',
    applicationId,
    tenantId,
    callbackUri: callingWebhook,
    to,
    requestedModalities: call.requestedModalities,
    ...(call.subject !== undefined && { subject: call.subject }),
    ...offerFor(call, invitee, to),
  }
}

type Offered = Pick<IncomingCommand, 'from' | 'callRoutes' | 'incomingContext' | 'chatInfo' | 'meetingInfo'> & {
  readonly offer: LegOffer
}

function offerFor(call: Call, invitee: RingingParticipant, to: Identity): Offered {
  const bot = botInfo(call) ?? call.source
  const ends = { callId: call.id, myParticipantId: invitee.participantId }
  if (call.state === 'redirecting') {
    return {
      from: call.source,
      callRoutes: [...(call.callRoutes ?? []), { routingType: 'forwarded', original: bot.identity, final: to }],
      ...chatOf(call),
      offer: { ...ends, callerParticipantId: call.callerParticipantId ?? '', isGroup: call.isGroup },
    }
  }
  const transferee = call.participants.find(({ id }) => id === invitee.transfereeId)
  if (transferee) {
    return {
      from: transferee.info,
      incomingContext: { sourceParticipantId: transferee.id, transferor: bot.identity },
      offer: { ...ends, callerParticipantId: transferee.id, isGroup: false },
    }
  }
  const isGroup = call.isGroup || call.state === 'established'
  return {
    from: bot,
    ...chatOf(call),
    offer: { ...ends, callerParticipantId: call.myParticipantId, isGroup },
  }
}

const chatOf = ({ chatInfo, meetingInfo }: Call): Pick<IncomingCommand, 'chatInfo' | 'meetingInfo'> => ({
  ...(chatInfo && { chatInfo }),
  ...(meetingInfo && { meetingInfo }),
})

import type { Call } from '../calls/call.js'
import type { LegView } from '../calls/commands.js'
import { CallError } from '../calls/errors.js'
import { viewLeg } from '../calls/leg.js'
import { applyTimer, changeCall, createCall, noAuthorization } from './changeCall.js'
import type { CommitDependencies } from './commit.js'

// A call between two applications is two calls, its legs, in two partitions. A step writes one of them only, and can be
// repeated: a leg is created under an id that the other one has chosen, and changes are read, never sent.

const OFFER = 'offerLeg'

/** Gives the called application its call, unless it has it. */
export async function offerLeg(deps: CommitDependencies, call: Call): Promise<void> {
  const { leg } = call
  const [target] = call.targets
  if (!leg || !target) return
  const callee = await deps.bots.read(target.identity.id)
  const timer = { callId: call.id, timer: OFFER }
  if (!callee) return applyTimer(deps, timer, { type: 'calleeUnreachable' })
  const { applicationId, tenantId, dialect, callingWebhook, displayName } = callee
  const command = {
    type: 'incoming',
    id: leg.callId,
    applicationId,
    tenantId,
    callbackUri: callingWebhook,
    from: call.source,
    to: { kind: 'application', id: applicationId, displayName },
    requestedModalities: call.requestedModalities,
    ...(call.subject !== undefined && { subject: call.subject }),
    legCallId: call.id,
  } as const
  if (!(await deps.calls.read(leg.callId)).record) await createCall(deps, command, dialect)
  await applyTimer(deps, timer, { type: 'legOffered' })
}

/** Reads the other leg, and follows what has changed. */
export async function checkLeg(deps: CommitDependencies, call: Call): Promise<void> {
  if (!call.leg) return
  const { record } = await deps.calls.read(call.leg.callId)
  const view = record ? viewLeg(record.call) : goneView(call.leg.version)
  try {
    await changeCall(deps, call.id, { type: 'legChanged', view }, noAuthorization)
  } catch (error) {
    // This leg has ended meanwhile.
    if (!(error instanceof CallError)) throw error
  }
}

/** An ended call is removed long after the other leg has read it. */
const goneView = (version: number): LegView => ({ version: version + 1, state: 'ended', isMuted: false })

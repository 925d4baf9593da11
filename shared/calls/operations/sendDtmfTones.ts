import type { Call, Decision, RuleContext } from '../call.js'
import type { SendDtmfTonesCommand } from '../commands.js'
import { sendToneToLegs } from '../legs/links.js'
import { requireServiceHostedMedia } from '../mediaQueue.js'
import { createOperation, startTimedOperation } from '../operation.js'
import { updateCall } from '../updates.js'

/** Graph documents no length of a tone. Senders use about 100 ms; a receiver needs 40 ms (ITU-T Q.24). */
const TONE_DURATION_MS = 100

/** Sends tones to the other side of the call. Applications there hear them at once. The operation completes when the last tone is sent. */
export function sendDtmfTones(call: Call, command: SendDtmfTonesCommand, context: RuleContext): Decision {
  requireServiceHostedMedia(call, command.type)
  const { tones, delayBetweenTonesMs = 0 } = command
  const durationMs = tones.length * TONE_DURATION_MS + (tones.length - 1) * delayBetweenTonesMs
  const operation = createOperation('sendDtmfTones', command, context)
  const sent = tones.reduce(sendToneToLegs, updateCall(call))
  return { call: startTimedOperation(sent, operation, durationMs), operations: [operation], events: [] }
}

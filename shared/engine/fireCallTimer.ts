import type { Clock } from '../platform/clock.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type TimerMessage } from '../storage/queues.js'
import { applyTimer } from './changeCall.js'
import type { CommitDependencies } from './commit.js'
import { offerLeg, readLegs } from './legs.js'
import { finishReplacement, replaceParticipant } from './replaceCall.js'

/** Carries out a timer of a call once it is due; a timer that is due much later is put back into the queue. */
export async function fireCallTimer(
  deps: CommitDependencies,
  { callId, timer: timerId, isHint }: Pick<TimerMessage, 'callId' | 'timer' | 'isHint'>,
): Promise<void> {
  const read = await deps.calls.read(callId)
  const { record } = read
  const timer = record?.call.timers.find(({ id }) => id === timerId)
  if (!record || !timer) return
  if (isHint && timer.command.type === 'readLegs') return readLegs(deps, record.call)
  const wait = timer.at - deps.clock.now()
  if (wait > MAX_WAKE_UP_EARLY_MS) {
    const delay = Math.min(wait, MAX_WAKE_UP_DELAY_MS)
    await deps.queues.send('call-timers', { callId, timer: timerId }, delay)
    return
  }
  await sleepUntil(deps.clock, timer.at)
  const { command } = timer
  switch (command.type) {
    case 'replaceParticipant':
      return replaceParticipant(deps, record.call, timerId, command.participantId)
    case 'offerLeg':
      return offerLeg(deps, record.call, command.callId)
    case 'readLegs':
      return readLegs(deps, record.call)
    case 'awaitReplacement':
      return finishReplacement(deps, callId, command)
    default:
      // After a sleep the call may have changed, so it is read again.
      await applyTimer(deps, { callId, timer: timerId }, command, wait > 0 ? undefined : read)
  }
}

/** A sleep may end a millisecond early (Node.js timers), and a timer that fires too early would wait for the sweep. */
async function sleepUntil(clock: Clock, at: number): Promise<void> {
  for (let wait = at - clock.now(); wait > 0; wait = at - clock.now()) await clock.sleep(Math.ceil(wait))
}

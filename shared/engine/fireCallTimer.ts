import type { Call, Timer } from '../calls/call.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type TimerMessage } from '../storage/queues.js'
import type { ReadCall } from '../storage/records.js'
import { StorageUnavailable } from '../storage/tables.js'
import { applyTimer } from './changeCall.js'
import type { CommitDependencies } from './commit.js'
import { offerLeg, readLegs } from './legs.js'
import { finishReplacement, replaceParticipant } from './replaceCall.js'

/**
 * Carries out a timer of a call once it is due; a timer that is due much later is put back into the queue. The timers
 * that were due earlier are carried out first, because their wake-ups may be late: a person who answers before the end
 * of the ringing is in the call.
 */
export async function fireCallTimer(
  deps: CommitDependencies,
  { callId, timer: timerId, isHint }: Pick<TimerMessage, 'callId' | 'timer' | 'isHint'>,
): Promise<void> {
  const tried = new Set<string>()
  for (;;) {
    const read = await deps.calls.read(callId)
    const call = read.record?.call
    const timer = call?.timers.find(({ id }) => id === timerId)
    if (!call || !timer) return
    if (isHint && timer.command.type === 'readLegs') return readLegs(deps, call)
    const wait = timer.at - deps.clock.now()
    if (wait > MAX_WAKE_UP_EARLY_MS) {
      const delay = Math.min(wait, MAX_WAKE_UP_DELAY_MS)
      return deps.queues.send('call-timers', { callId, timer: timerId }, delay)
    }
    if (wait > 0) {
      // Meanwhile the call may change, and a sleep may end a millisecond early (timers of Node.js).
      await deps.clock.sleep(Math.ceil(wait))
      continue
    }
    const earlier = findEarlier(call, timer, tried)
    if (!earlier) return carryOut(deps, { read, call, timer })
    tried.add(earlier.id)
    await carryOut(deps, { read, call, timer: earlier }).catch(throwIfUnavailable)
  }
}

/** The first of the timers that were due before this one, without those that were tried. */
function findEarlier({ timers }: Call, timer: Timer, tried: ReadonlySet<string>): Timer | undefined {
  return timers.filter(({ id, at }) => at < timer.at && !tried.has(id)).toSorted((a, b) => a.at - b.at)[0]
}

/** Another failure is reported by the timer's own wake-up, and must not hold up the later timers of the call forever. */
function throwIfUnavailable(error: unknown): void {
  if (error instanceof StorageUnavailable) throw error
}

/** A timer that is due, and the call as it was just read. */
interface DueTimer {
  readonly read: ReadCall
  readonly call: Call
  readonly timer: Timer
}

function carryOut(deps: CommitDependencies, { read, call, timer: { id, command } }: DueTimer): Promise<void> {
  switch (command.type) {
    case 'replaceParticipant':
      return replaceParticipant(deps, call, id, command.participantId)
    case 'offerLeg':
      return offerLeg(deps, call, command.callId)
    case 'readLegs':
      return readLegs(deps, call)
    case 'awaitReplacement':
      return finishReplacement(deps, call.id, command)
    default:
      return applyTimer(deps, { callId: call.id, timer: id }, command, read)
  }
}

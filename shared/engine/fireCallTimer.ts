import type { Call, Timer } from '../calls/call.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type TimerMessage } from '../storage/queues.js'
import type { ReadCall } from '../storage/records.js'
import { StorageUnavailable } from '../storage/tables.js'
import { applyTimer } from './changeCall.js'
import type { CommitDependencies } from './commit.js'
import { offerLeg, readLegs } from './legs.js'
import { finishReplacement, replaceParticipant } from './replaceCall.js'

/** Steps between two calls: each reads or changes the other one too. */
const STEPS = ['replaceParticipant', 'awaitReplacement', 'offerLeg', 'readLegs'] as const
type Step = Extract<Timer['command'], { readonly type: (typeof STEPS)[number] }>

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
  let dueAt: number | undefined
  for (;;) {
    const read = await deps.calls.read(callId)
    const call = read.record?.call
    const timer = call?.timers.find(({ id }) => id === timerId)
    if (!call || !timer) return
    if (isHint && timer.command.type === 'readLegs') return readLegs(deps, call)
    dueAt ??= timer.at
    // The commit that set the timer to another time sent a wake-up for it, or left it to the sweep.
    if (timer.at !== dueAt) return
    const wait = dueAt - deps.clock.now()
    if (wait > MAX_WAKE_UP_EARLY_MS) {
      const delay = Math.min(wait, MAX_WAKE_UP_DELAY_MS)
      return deps.queues.send('call-timers', { callId, timer: timerId }, delay)
    }
    if (wait > 0) {
      // The call may change in the meantime, and a sleep may end a millisecond early (timers of Node.js).
      await deps.clock.sleep(Math.ceil(wait))
      continue
    }
    const earlier = findEarlier(call, timer, tried)
    if (!earlier) return carryOut(deps, { read, call, timer })
    tried.add(earlier.id)
    await carryOut(deps, { read, call, timer: earlier }).catch((error: unknown) => {
      if (holdsUp(error, earlier)) throw error
    })
  }
}

/** The first of the timers that were due before this one, except those that were already tried. */
function findEarlier({ timers }: Call, timer: Timer, tried: ReadonlySet<string>): Timer | undefined {
  return timers.filter(({ id, at }) => at < timer.at && !tried.has(id)).toSorted((a, b) => a.at - b.at)[0]
}

/**
 * Whether the failure of a timer holds up the later ones of its call. A step between two calls does not: the other call
 * may be in a storage account that is down. Nor does a bug, which must not keep a call from ending. The timer's own
 * wake-up tries again.
 */
const holdsUp = (error: unknown, { command }: Timer): boolean => error instanceof StorageUnavailable && !isStep(command)

const isStep = (command: Timer['command']): command is Step => STEPS.some((type) => type === command.type)

/** A timer that is due, and the call as it was just read. */
interface DueTimer {
  readonly read: ReadCall
  readonly call: Call
  readonly timer: Timer
}

function carryOut(deps: CommitDependencies, { read, call, timer: { id, command } }: DueTimer): Promise<void> {
  if (!isStep(command)) return applyTimer(deps, { callId: call.id, timer: id }, command, read)
  switch (command.type) {
    case 'replaceParticipant':
      return replaceParticipant(deps, call, id, command.participantId)
    case 'awaitReplacement':
      return finishReplacement(deps, call.id, command)
    case 'offerLeg':
      return offerLeg(deps, call, command.callId)
    case 'readLegs':
      return readLegs(deps, call)
  }
}

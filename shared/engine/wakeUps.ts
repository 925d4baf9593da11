import type { Call } from '../calls/call.js'
import { READ_LEGS } from '../calls/legs/timer.js'
import { isNews } from '../calls/legs/view.js'
import { MAX_WAKE_UP_DELAY_MS, type Queues, type TimerMessage } from '../storage/queues.js'

/**
 * Sends a wake-up for every new timer, and one for new notifications. A failure is ignored: the sweep finds the work of
 * a lost wake-up.
 */
export async function sendWakeUps(
  queues: Queues,
  before: Call | undefined,
  after: Call,
  { hasNotifications, now }: { readonly hasNotifications: boolean; readonly now: number },
): Promise<void> {
  const callId = after.id
  const isNew = ({ id, at }: { id: string; at: number }) =>
    !before?.timers.some((timer) => timer.id === id && timer.at === at)
  const wakeUps = after.timers
    .filter((timer) => isNew(timer) && timer.at - now <= MAX_WAKE_UP_DELAY_MS)
    .map(({ id, at }) => queues.send('call-timers', { callId, timer: id }, at - now))
  if (hasNotifications) wakeUps.push(queues.send('notifications', { callId }, 0))
  for (const { callId: legCallId } of after.legs ?? []) {
    if (before && isNews(before, after, legCallId)) wakeUps.push(queues.send('call-timers', hintFor(legCallId), 0))
  }
  await Promise.allSettled(wakeUps)
}

/** A leg reads this call before it is due. */
const hintFor = (callId: string): TimerMessage => ({ callId, timer: READ_LEGS, isHint: true })

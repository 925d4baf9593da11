import type { Call, Leg } from '../calls/call.js'
import { isNews } from '../calls/leg.js'
import { CHECK_TIMER } from '../calls/legTimer.js'
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
  if (before && after.leg && isNews(before, after)) wakeUps.push(queues.send('call-timers', hintFor(after.leg), 0))
  await Promise.allSettled(wakeUps)
}

/** The other leg reads this one before it is due. */
const hintFor = ({ callId }: Leg): TimerMessage => ({ callId, timer: CHECK_TIMER, isHint: true })

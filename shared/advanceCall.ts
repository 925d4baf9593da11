import { fireTimer } from './changeCall.js'
import { finishMove, movePerson } from './movePerson.js'
import type { Service } from './service.js'
import { MAX_HINT_DELAY_MS, MAX_HINT_EARLY_MS, type TimerMessage } from './storage/queues.js'

/** Lets a timer of a call do what it is for, once it is due. */
export async function advanceCall(service: Service, { callId, timer: timerId }: TimerMessage): Promise<void> {
  const { record } = await service.calls.read(callId)
  const timer = record?.call.timers.find(({ id }) => id === timerId)
  if (!record || !timer) return
  const wait = timer.at - service.clock.now()
  if (wait > MAX_HINT_EARLY_MS) {
    const delay = Math.min(wait, MAX_HINT_DELAY_MS)
    await service.queues.send('call-timers', { callId, timer: timerId }, delay)
    return
  }
  if (wait > 0) await service.clock.sleep(wait)
  const { command } = timer
  switch (command.type) {
    case 'movePerson':
      return movePerson(service, record.call, timerId, command.participantId)
    case 'awaitMove':
      return finishMove(service, callId, command)
    default:
      await fireTimer(service, callId, timerId, command)
  }
}

import type { DeadLetterEvent } from '../../shared/inspection/entries.js'
import { count } from '../../shared/inspection/labels.js'
import type { CallView } from '../../shared/inspection/views.js'
import { ViewLink } from '../parts/ViewLink.js'
import { useAction, useApp } from '../state/context.js'
import { findDeadLetters } from './findDeadLetters.js'

/** The notifications that were dead-lettered, and the button that replays them. */
export function DeadLetters({ call }: { readonly call: CallView }) {
  const { api } = useApp()
  const run = useAction()
  const { deadLettered } = call.notifications
  if (deadLettered === 0) return null
  const replay = (): void =>
    run(async () => {
      const { calls } = await api.post<{ readonly calls: number }>('/deliveries/replay', { callId: call.id })
      return calls === 0 ? 'Nothing was dead-lettered any more.' : `Replaying ${count(deadLettered, 'notification')}.`
    })
  return (
    <div class="dead-letters">
      <h3 class="tone-dead">
        <span aria-hidden="true">✕</span> {count(deadLettered, 'dead letter')}
      </h3>
      {call.deadLettered && <p>{call.deadLettered}</p>}
      <ul class="plain">
        {findDeadLetters(call.entries).map((deadLetter) => (
          <DeadLetter key={deadLetter.sequence} {...deadLetter} />
        ))}
      </ul>
      <button type="button" class="primary" onClick={replay}>
        Replay
      </button>
    </div>
  )
}

function DeadLetter({ sequence, reason, isRest }: DeadLetterEvent) {
  return (
    <li>
      <ViewLink change={{ m: `notification:${sequence}` }}>
        Notification {sequence}
        {isRest && ' and all later ones'}
      </ViewLink>{' '}
      {reason}
    </li>
  )
}

import type { CallView } from '../../shared/inspection/views.js'
import { formatDuration, toWords } from '../format.js'
import { useNow } from '../state/hooks.js'
import { DeadLetters } from './DeadLetters.js'
import { Roster } from './Roster.js'

/** What is known of a call beside its messages. */
export function CallInfo({ call }: { readonly call: CallView }) {
  return (
    <section class="pane info" aria-label="State of the call">
      <DeadLetters call={call} />
      <Roster call={call} />
      {call.operations.length > 0 && (
        <>
          <h3>Running operations</h3>
          <ul class="plain">
            {call.operations.map((operation) => (
              <li key={operation.id}>
                {toWords(operation.type)} <span class="muted id">{operation.id}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <Timers call={call} />
      <h3>Callback</h3>
      <p class="id">{call.callbackUri}</p>
    </section>
  )
}

interface TimerRow {
  readonly key: string
  readonly title: string
  readonly at: number
}

function Timers({ call }: { readonly call: CallView }) {
  const timers: TimerRow[] = call.timers.map(({ command, at }) => {
    return { key: `${command}:${at}`, title: toWords(command), at }
  })
  if (call.nextAttemptAt !== undefined) {
    timers.push({ key: 'attempt', title: 'next attempt at a notification', at: call.nextAttemptAt })
  }
  if (timers.length === 0) return null
  return (
    <>
      <h3>Timers</h3>
      <ul class="plain">
        {timers.map((timer) => (
          <Countdown key={timer.key} timer={timer} />
        ))}
      </ul>
    </>
  )
}

function Countdown({ timer }: { readonly timer: TimerRow }) {
  const now = useNow(1_000)
  const restMs = Math.ceil((timer.at - now) / 1_000) * 1_000
  return (
    <li class="line">
      <span>{timer.title}</span>
      <span class="muted">{restMs > 0 ? `in ${formatDuration(restMs)}` : 'due'}</span>
    </li>
  )
}

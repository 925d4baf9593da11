import { count } from '../shared/inspection/labels.js'
import { BotForm } from './bots/BotForm.js'
import { CallForm } from './bots/CallForm.js'
import { Refusals } from './calls/Refusals.js'
import type { Bots } from './state/useBots.js'

interface Props {
  readonly bots: Bots
  readonly onCall: (callId: string) => void
}

/** What to do before there is a call. */
export function Empty({ bots, onCall }: Props) {
  return (
    <main class="wide empty">
      <h2>No calls yet</h2>
      <ol class="steps">
        <li>
          <h3>Start your bot</h3>
          <p>
            Your own, or the sample bot: <code>npm run bot</code>
          </p>
        </li>
        <li>
          <h3>Register it</h3>
          {bots.bots.length > 0 && (
            <p class="tone-ok">
              <span aria-hidden="true">✓</span> {count(bots.bots.length, 'bot')} registered
            </p>
          )}
          <details open={bots.bots.length === 0}>
            <summary>Register a bot</summary>
            <BotForm onRegistered={bots.reload} />
          </details>
        </li>
        <li>
          <h3>Call it</h3>
          <CallForm bots={bots.bots} onCall={onCall} />
        </li>
      </ol>
      <Refusals />
    </main>
  )
}

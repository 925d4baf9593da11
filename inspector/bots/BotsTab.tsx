import type { Bots } from '../state/useBots.js'
import { BotCard } from './BotCard.js'
import { BotForm } from './BotForm.js'

interface Props {
  readonly bots: Bots
  readonly onCall: (callId: string) => void
}

export function BotsTab({ bots, onCall }: Props) {
  return (
    <main class="wide">
      <h2>Bots</h2>
      {bots.bots.length === 0 && <p class="muted">No bot is registered.</p>}
      <ul class="cards">
        {bots.bots.map((bot) => (
          <BotCard key={bot.applicationId} bot={bot} hasFaults={bots.hasFaults} onCall={onCall} />
        ))}
      </ul>
      <details class="card" open={bots.bots.length === 0}>
        <summary>Register a bot</summary>
        <BotForm onRegistered={bots.reload} />
      </details>
    </main>
  )
}

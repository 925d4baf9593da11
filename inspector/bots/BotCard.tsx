import type { BotView } from '../../shared/inspection/views.js'
import { DIALECT_TITLES } from '../describe.js'
import { useApp } from '../state/context.js'
import { useIsRecorded } from '../state/useIsRecorded.js'
import { CallForm } from './CallForm.js'
import { Doctor } from './Doctor.js'
import { Fault } from './Fault.js'

interface Props {
  readonly bot: BotView
  readonly onCall: (callId: string) => void
  readonly onChanged: () => Promise<void>
}

export function BotCard({ bot, onCall, onChanged }: Props) {
  const { navigate } = useApp()
  const isRecorded = useIsRecorded()
  return (
    <li class="card">
      <h3>{bot.displayName}</h3>
      <dl class="facts">
        <dt>Calling webhook</dt>
        <dd class="id">{bot.callingWebhook}</dd>
        <dt>Dialect</dt>
        <dd>{DIALECT_TITLES[bot.dialect]}</dd>
        <dt>Application id</dt>
        <dd class="id">{bot.applicationId}</dd>
        <dt>Tenant id</dt>
        <dd class="id">{bot.tenantId}</dd>
      </dl>
      <Doctor bot={bot} />
      {isRecorded && <Fault bot={bot} onChanged={onChanged} />}
      <details>
        <summary>Call this bot</summary>
        <CallForm bots={[bot]} onCall={onCall} />
      </details>
      <button
        type="button"
        aria-label={`Its calls: ${bot.displayName}`}
        onClick={() => navigate({ tab: 'calls', app: bot.applicationId })}
      >
        Its calls
      </button>
    </li>
  )
}

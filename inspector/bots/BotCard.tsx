import type { BotView } from '../../shared/inspection/views.js'
import { DIALECT_TITLES } from '../describe.js'
import { useApp } from '../state/context.js'
import { CallForm } from './CallForm.js'
import { Doctor } from './Doctor.js'
import { Faults } from './Faults.js'

interface Props {
  readonly bot: BotView
  readonly hasFaults: boolean
  readonly onCall: (callId: string) => void
}

export function BotCard({ bot, hasFaults, onCall }: Props) {
  const { navigate } = useApp()
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
      {hasFaults && <Faults bot={bot} />}
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

import type { BotView, CallbackFault } from '../../shared/inspection/views.js'
import { readField } from '../parts/forms.js'
import { useAction, useApp } from '../state/context.js'

interface Props {
  readonly bot: BotView
  readonly onChanged: () => Promise<void>
}

const OUTCOMES: readonly CallbackFault['outcome'][] = [500, 503, 429, 404, 401, 'timeout', 'reset']
/** More than any retry schedule needs. */
const MAX_TIMES = 100

/** Lets the next deliveries to a bot fail, to see what the bot and Ringback make of it. */
export function Fault({ bot, onChanged }: Props) {
  const { api } = useApp()
  const run = useAction()
  const path = `/inspector/bots/${bot.applicationId}/fault`
  const inject = (event: SubmitEvent): void => {
    event.preventDefault()
    const text = readField(event, 'outcome')
    const outcome = OUTCOMES.find((known) => String(known) === text)
    const times = Number(readField(event, 'times'))
    run(async () => {
      await api.put(path, { outcome, times })
      await onChanged()
      return `The next ${times} deliveries to ${bot.displayName} get: ${text}.`
    })
  }
  const remove = (): void =>
    run(async () => {
      await api.delete(path)
      await onChanged()
      return `Removed the fault of ${bot.displayName}.`
    })
  return (
    <>
      {bot.fault && (
        <p class="fault">
          <span class="mark tone-retry">
            <span aria-hidden="true">⚡</span> Fault: {bot.fault.outcome}
          </span>{' '}
          for {bot.fault.times} more{' '}
          <button type="button" aria-label={`Remove the fault of ${bot.displayName}`} onClick={remove}>
            Remove
          </button>
        </p>
      )}
      <details>
        <summary>Inject a fault</summary>
        <form class="fields" onSubmit={inject}>
          <label>
            Instead of the callback{' '}
            <select name="outcome">
              {OUTCOMES.map((outcome) => (
                <option key={outcome}>{outcome}</option>
              ))}
            </select>
          </label>
          <label>
            Deliveries <input name="times" type="number" min={1} max={MAX_TIMES} defaultValue={2} required />
          </label>
          <button type="submit">Inject</button>
        </form>
      </details>
    </>
  )
}

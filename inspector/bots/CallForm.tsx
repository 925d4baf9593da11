import type { BotView } from '../../shared/inspection/views.js'
import { nameOf } from '../describe.js'
import { readField } from '../parts/forms.js'
import { placeCall } from '../phone/requests.js'
import { useAction, useApp } from '../state/context.js'

interface Props {
  readonly bots: readonly BotView[]
  readonly onCall: (callId: string) => void
}

/** Lets a user call a bot. The tab of the people has a form for people of other kinds. */
export function CallForm({ bots, onCall }: Props) {
  const { api } = useApp()
  const run = useAction()
  if (bots.length === 0) return <p class="muted">No bot is registered, so none can be called.</p>
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const person = { kind: 'user' as const, id: readField(event, 'id'), displayName: readField(event, 'displayName') }
    const applicationId = readField(event, 'applicationId')
    run(async () => {
      const { id } = await placeCall(api, person, applicationId)
      onCall(id)
      return `${nameOf(person)} calls.`
    })
  }
  return (
    <form class="fields" onSubmit={submit}>
      <label>
        Bot{' '}
        <select name="applicationId">
          {bots.map((bot) => (
            <option key={bot.applicationId} value={bot.applicationId}>
              {bot.displayName}
            </option>
          ))}
        </select>
      </label>
      <label>
        Name of the caller <input name="displayName" defaultValue="Megan Bowen" />
      </label>
      <label>
        Id of the caller <input name="id" class="id" required defaultValue="megan" />
      </label>
      <button type="submit" class="primary">
        Call
      </button>
    </form>
  )
}

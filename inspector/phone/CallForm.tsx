import { useState } from 'preact/hooks'
import type { BotView } from '../../shared/inspection/views.js'
import type { Api } from '../api.js'
import { ActionButton, ErrorText, useAction } from './actions.js'
import { FIRST_PERSON } from './newPerson.js'
import { PersonFields } from './PersonFields.js'
import { placeCall } from './requests.js'

interface CallFormProps {
  readonly api: Api
  readonly bots: readonly BotView[]
  onOpenPhone(personId: string): void
}

/** Calls a bot as any person. */
export function CallForm({ api, bots, onOpenPhone }: CallFormProps) {
  const [person, setPerson] = useState(FIRST_PERSON)
  const [chosenId, setChosenId] = useState<string>()
  const [message, setMessage] = useState('')
  const { error, run } = useAction()
  // The first bot, also when the chosen one is no longer registered.
  const bot = bots.find(({ applicationId }) => applicationId === chosenId) ?? bots[0]

  const call = () =>
    void run(async () => {
      setMessage('')
      if (!bot) throw new Error('No bot is registered. Register one first.')
      await placeCall(api, person, bot.applicationId)
      setMessage(`${person.displayName || person.id} is calling ${bot.displayName}.`)
    })

  return (
    <form
      class="phone-form"
      aria-label="Call a bot"
      onSubmit={(event) => {
        event.preventDefault()
        call()
      }}
    >
      <PersonFields person={person} onChange={setPerson} />
      <label>
        Bot
        <select value={bot?.applicationId} onChange={(event) => setChosenId(event.currentTarget.value)}>
          {bots.map(({ applicationId, displayName }) => (
            <option key={applicationId} value={applicationId}>
              {displayName}
            </option>
          ))}
        </select>
      </label>
      <div class="phone-actions">
        <button type="submit" class="phone-primary">
          Call
        </button>
        <ActionButton onPress={() => person.id !== '' && onOpenPhone(person.id)}>Open phone</ActionButton>
        <ErrorText text={error} />
      </div>
      {bots.length === 0 && <p class="phone-note">No bot is registered, so there is none to call.</p>}
      <output class={message === '' ? 'phone-empty' : 'phone-note'}>{message}</output>
    </form>
  )
}

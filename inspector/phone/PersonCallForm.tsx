import { useState } from 'preact/hooks'
import type { BotView } from '../../shared/inspection/views.js'
import { nameOf } from '../describe.js'
import { Announcement } from '../parts/Announcement.js'
import { useApp } from '../state/context.js'
import { FIRST_PERSON } from './newPerson.js'
import { PersonFields } from './PersonFields.js'
import { placeCall } from './requests.js'
import { useActionWithError } from './useActionWithError.js'

/** Lets a person of any kind call a bot, or opens their phone. */
export function PersonCallForm({ bots }: { readonly bots: readonly BotView[] }) {
  const { api, navigate } = useApp()
  const [person, setPerson] = useState(FIRST_PERSON)
  const [chosenId, setChosenId] = useState<string>()
  const [message, setMessage] = useState('')
  const { error, run } = useActionWithError()
  // The first bot, also when the chosen one is no longer registered.
  const bot = bots.find(({ applicationId }) => applicationId === chosenId) ?? bots[0]

  const call = () =>
    void run(async () => {
      setMessage('')
      if (!bot) throw new Error('No bot is registered. Register one first.')
      await placeCall(api, person, bot.applicationId)
      setMessage(`${nameOf(person)} is calling ${bot.displayName}.`)
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
        <button type="submit" class="primary">
          Call
        </button>
        <button type="button" onClick={() => person.id !== '' && navigate({ person: person.id })}>
          Open phone
        </button>
        <Announcement text={error} tone="dead" />
      </div>
      {bots.length === 0 && <p class="muted">No bot is registered, so there is none to call.</p>}
      <Announcement text={message} tone="muted" />
    </form>
  )
}

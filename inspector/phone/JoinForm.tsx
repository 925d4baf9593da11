import { useState } from 'preact/hooks'
import type { Api } from '../api.js'
import { ErrorText, useAction } from './actions.js'
import { FIRST_PERSON } from './newPerson.js'
import { PersonFields } from './PersonFields.js'
import { joinCall } from './requests.js'

/** Adds a person to a group call or meeting, without an invitation. */
export function JoinForm({ api, callId }: { readonly api: Api; readonly callId: string }) {
  const [person, setPerson] = useState(FIRST_PERSON)
  const [isInLobby, setIsInLobby] = useState(false)
  const { error, run } = useAction()

  return (
    <details>
      <summary>Add a person</summary>
      <form
        class="phone-form"
        aria-label="Add a person to the call"
        onSubmit={(event) => {
          event.preventDefault()
          void run(() => joinCall(api, callId, person, isInLobby))
        }}
      >
        <PersonFields person={person} onChange={setPerson} />
        <label class="phone-switch">
          <input type="checkbox" checked={isInLobby} onChange={() => setIsInLobby((isWaiting) => !isWaiting)} />
          Wait in the lobby
        </label>
        <div class="phone-actions">
          <button type="submit">Add</button>
          <ErrorText text={error} />
        </div>
      </form>
    </details>
  )
}

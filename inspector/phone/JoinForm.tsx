import { useState } from 'preact/hooks'
import { Announcement } from '../parts/Announcement.js'
import { useApp } from '../state/context.js'
import { FIRST_PERSON } from './newPerson.js'
import { PersonFields } from './PersonFields.js'
import { joinCall } from './requests.js'
import { useActionWithError } from './useActionWithError.js'

/** Adds a person to a group call or meeting, without an invitation. */
export function JoinForm({ callId }: { readonly callId: string }) {
  const { api } = useApp()
  const [person, setPerson] = useState(FIRST_PERSON)
  const [isInLobby, setIsInLobby] = useState(false)
  const { error, run } = useActionWithError()

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
          <Announcement text={error} tone="dead" />
        </div>
      </form>
    </details>
  )
}

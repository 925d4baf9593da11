import type { PersonOfCall } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'
import { nameOf, PERSON_MARKS } from '../describe.js'
import { Announcement } from '../parts/Announcement.js'
import { MarkView } from '../parts/MarkView.js'
import { useApp } from '../state/context.js'
import { ACTION_TEXTS, keyOfButton, listActions } from './personActions.js'
import { act } from './requests.js'
import { useActionWithError } from './useActionWithError.js'
import { describePerson } from './words.js'

interface Props {
  readonly callId: string
  readonly person: PersonOfCall
}

/** A person in a call, with the buttons that fit their state. */
export function PersonRow({ callId, person }: Props) {
  const { api, navigate } = useApp()
  const { error, run } = useActionWithError()
  const { id } = person.identity
  const name = nameOf(person.identity)
  const press = (action: PersonAction) => void run(() => act(api, { personId: id, callId }, action))

  return (
    <li class="phone-person">
      <span>{name}</span>
      <MarkView mark={{ ...PERSON_MARKS[person.state], word: describePerson(person) }} />
      <div class="phone-actions">
        {listActions(person).map((action) => (
          <button
            key={keyOfButton(action)}
            type="button"
            aria-label={`${ACTION_TEXTS[action]}: ${name}`}
            onClick={() => press(action)}
          >
            {ACTION_TEXTS[action]}
          </button>
        ))}
        <button type="button" aria-label={`Open phone: ${name}`} onClick={() => navigate({ person: id })}>
          Open phone
        </button>
        <Announcement text={error} tone="dead" />
      </div>
    </li>
  )
}

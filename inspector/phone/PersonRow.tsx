import type { PersonOfCall } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'
import type { Api } from '../api.js'
import { ActionButton, ErrorText, useAction } from './actions.js'
import { ACTION_TEXTS, keyOfButton, listActions } from './personActions.js'
import { act } from './requests.js'
import { describePerson, nameIdentity, STATE_GLYPHS } from './words.js'

interface PersonRowProps {
  readonly api: Api
  readonly callId: string
  readonly person: PersonOfCall
  onOpenPhone(personId: string): void
}

/** A person in a call, with the buttons that fit their state. */
export function PersonRow({ api, callId, person, onOpenPhone }: PersonRowProps) {
  const { error, run } = useAction()
  const { id } = person.identity
  const name = nameIdentity(person.identity)
  const press = (action: PersonAction) => void run(() => act(api, { personId: id, callId }, action))

  return (
    <li class="phone-person">
      <span class="phone-person-name">{name}</span>
      <span class={`phone-person-state phone-is-${person.state}`}>
        <span aria-hidden="true">{STATE_GLYPHS[person.state]}</span> {describePerson(person)}
      </span>
      <div class="phone-actions">
        {listActions(person).map((action) => (
          <ActionButton
            key={keyOfButton(action)}
            label={`${ACTION_TEXTS[action]}: ${name}`}
            onPress={() => press(action)}
          >
            {ACTION_TEXTS[action]}
          </ActionButton>
        ))}
        <ActionButton label={`Open phone: ${name}`} onPress={() => onOpenPhone(id)}>
          Open phone
        </ActionButton>
        <ErrorText text={error} />
      </div>
    </li>
  )
}

import { useRef } from 'preact/hooks'
import type { PhoneCall } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'
import type { Api } from '../api.js'
import { ActionButton, ErrorText, useAction } from './actions.js'
import { Keypad } from './Keypad.js'
import { PromptPlayer } from './PromptPlayer.js'
import { ACTION_TEXTS, keyOfButton, listPhoneActions } from './personActions.js'
import { act } from './requests.js'
import { Speak } from './Speak.js'
import { useKeptFocus } from './useKeptFocus.js'
import { describePhoneCall, joinNames, STATE_GLYPHS } from './words.js'

interface PhoneCallCardProps {
  readonly api: Api
  readonly personId: string
  readonly call: PhoneCall
  /** Called when an action has changed the call. */
  onChanged(): void
}

/** One call of the person. */
export function PhoneCallCard({ api, personId, call, onChanged }: PhoneCallCardProps) {
  const { callId, state, botName, otherPeople } = call
  const card = useRef<HTMLElement>(null)
  const { error, run } = useAction()
  useKeptFocus(card)
  const person = { personId, callId }
  const isConnected = state === 'inCall' || state === 'onHold'

  const press = (action: PersonAction) =>
    void run(async () => {
      await act(api, person, action)
      onChanged()
    })

  return (
    <article ref={card} tabIndex={-1} class={`phone-call phone-is-${state}`} aria-label={`Call with ${botName}`}>
      <h3>{botName}</h3>
      <p class="phone-state">
        <span aria-hidden="true">{STATE_GLYPHS[state]}</span> {describePhoneCall(call)}
      </p>
      {otherPeople.length > 0 && <p class="phone-note">Also here: {joinNames(otherPeople)}</p>}
      <div class="phone-actions">
        {listPhoneActions(call).map((action) => (
          <ActionButton key={keyOfButton(action)} class={`phone-action-${action}`} onPress={() => press(action)}>
            {ACTION_TEXTS[action]}
          </ActionButton>
        ))}
        <ErrorText text={error} />
      </div>
      <PromptPlayer api={api} call={call} />
      {isConnected && (
        <>
          <Speak api={api} person={person} isRecording={call.isRecording} isMuted={call.isMuted} />
          <Keypad api={api} person={person} receivesTones={call.receivesTones} />
        </>
      )}
    </article>
  )
}

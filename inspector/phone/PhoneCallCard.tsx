import { useRef } from 'preact/hooks'
import type { PhoneCall } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'
import { PERSON_MARKS } from '../describe.js'
import { Announcement } from '../parts/Announcement.js'
import { useApp } from '../state/context.js'
import { Keypad } from './Keypad.js'
import { PromptPlayer } from './PromptPlayer.js'
import { ACTION_TEXTS, keyOfButton, listPhoneActions } from './personActions.js'
import { act } from './requests.js'
import { Speak } from './Speak.js'
import { useActionWithError } from './useActionWithError.js'
import { useKeptFocus } from './useKeptFocus.js'
import { describePhoneCall, joinNames } from './words.js'

interface Props {
  readonly personId: string
  readonly call: PhoneCall
  /** Called when an action has changed the call. */
  readonly onChanged: () => void
}

/** One call of the person. */
export function PhoneCallCard({ personId, call, onChanged }: Props) {
  const { api } = useApp()
  const { callId, state, botName, otherPeople } = call
  const card = useRef<HTMLElement>(null)
  const { error, run } = useActionWithError()
  useKeptFocus(card)
  const person = { personId, callId }
  const { glyph, tone } = PERSON_MARKS[state]
  const isConnected = state === 'inCall' || state === 'onHold'

  const press = (action: PersonAction) =>
    void run(async () => {
      await act(api, person, action)
      onChanged()
    })

  return (
    <article ref={card} tabIndex={-1} class="phone-call" aria-label={`Call with ${botName}`}>
      <h3>{botName}</h3>
      <p class={`tone-${tone}`}>
        <span aria-hidden="true">{glyph}</span> {describePhoneCall(call)}
      </p>
      {otherPeople.length > 0 && <p class="muted">Also here: {joinNames(otherPeople)}</p>}
      <div class="phone-actions">
        {listPhoneActions(call).map((action) => (
          <button
            key={keyOfButton(action)}
            type="button"
            class={`phone-action-${action}`}
            onClick={() => press(action)}
          >
            {ACTION_TEXTS[action]}
          </button>
        ))}
        <Announcement text={error} tone="dead" />
      </div>
      <PromptPlayer call={call} />
      {isConnected && (
        <>
          <Speak person={person} isRecording={call.isRecording} isMuted={call.isMuted} />
          <Keypad person={person} receivesTones={call.receivesTones} />
        </>
      )}
    </article>
  )
}

import type { CallView } from '../../shared/inspection/views.js'
import { listMedia, nameOf, nameOfBot, PERSON_MARKS } from '../describe.js'
import { MarkView } from '../parts/MarkView.js'
import { useApp } from '../state/context.js'

/** The people of a call and its bot, with the state of their media. */
export function Roster({ call }: { readonly call: CallView }) {
  const { navigate } = useApp()
  return (
    <>
      <h3>Participants</h3>
      <ul class="plain roster">
        <li>
          <strong>{nameOfBot(call)}</strong> <span class="muted">bot{call.isBotMuted && ', muted'}</span>
        </li>
        {call.people.map((person) => (
          <li key={person.participantId}>
            <button
              type="button"
              class="quiet"
              aria-label={`Phone of ${nameOf(person.identity)}`}
              onClick={() => navigate({ person: person.identity.id })}
            >
              {nameOf(person.identity)}
            </button>{' '}
            <MarkView mark={PERSON_MARKS[person.state]} />{' '}
            <span class="muted">{[...listMedia(person), ...person.modalities].join(', ')}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

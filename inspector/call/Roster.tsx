import type { CallView, PersonOfCall } from '../../shared/inspection/views.js'
import { type Mark, nameOf, nameOfBot } from '../describe.js'
import { MarkView } from '../parts/MarkView.js'
import { useApp } from '../state/context.js'

const PERSON_MARKS: Readonly<Record<PersonOfCall['state'], Mark>> = {
  calling: { glyph: '◔', word: 'calling', tone: 'ringing' },
  ringing: { glyph: '◔', word: 'ringing', tone: 'ringing' },
  inLobby: { glyph: '◌', word: 'in the lobby', tone: 'retry' },
  inCall: { glyph: '●', word: 'in the call', tone: 'ok' },
  left: { glyph: '○', word: 'left', tone: 'muted' },
}

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
              aria-label={`Phone of ${nameOf(person)}`}
              onClick={() => navigate({ person: person.identity.id })}
            >
              {nameOf(person)}
            </button>{' '}
            <MarkView mark={PERSON_MARKS[person.state]} /> <span class="muted">{describeMedia(person)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function describeMedia({ isMuted, isOnHold, isSharing, modalities }: PersonOfCall): string {
  return [isMuted && 'muted', isOnHold && 'on hold', isSharing && 'sharing', ...modalities]
    .filter((word) => word)
    .join(', ')
}

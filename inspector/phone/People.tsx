import { useRef } from 'preact/hooks'
import type { BotView, CallSummary } from '../../shared/inspection/views.js'
import { nameOfBot } from '../describe.js'
import { shortenId } from '../format.js'
import { JoinForm } from './JoinForm.js'
import { PersonCallForm } from './PersonCallForm.js'
import { PersonRow } from './PersonRow.js'
import { allowsJoining } from './personActions.js'
import { useKeptFocus } from './useKeptFocus.js'

interface Props {
  readonly calls: readonly CallSummary[]
  readonly bots: readonly BotView[]
}

/** The simulated people: call a bot as any person, and act for the people in live calls. */
export function PeoplePanel({ calls, bots }: Props) {
  const section = useRef<HTMLElement>(null)
  useKeptFocus(section)
  const liveCalls = calls.filter(({ endedAt, state }) => endedAt === undefined && state !== 'terminated')

  return (
    <section ref={section} tabIndex={-1} class="phone-people" aria-label="People">
      <h2>Call a bot</h2>
      <PersonCallForm bots={bots} />
      <h2>People in live calls</h2>
      {liveCalls.length === 0 && <p class="muted">No live calls.</p>}
      {liveCalls.map((call) => (
        <PeopleOfCall key={call.id} call={call} />
      ))}
    </section>
  )
}

function PeopleOfCall({ call }: { readonly call: CallSummary }) {
  const name = nameOfBot(call)
  return (
    <article class="phone-call" aria-label={`People in the call with ${name}, ${call.state}`}>
      <h3>
        {name} <span class="muted">{call.state}</span> <code title={call.id}>{shortenId(call.id)}</code>
      </h3>
      <ul class="plain">
        {call.people.map((person) => (
          <PersonRow key={person.participantId} callId={call.id} person={person} />
        ))}
      </ul>
      {call.people.length === 0 && <p class="muted">The bot is alone.</p>}
      {allowsJoining(call) && <JoinForm callId={call.id} />}
    </article>
  )
}

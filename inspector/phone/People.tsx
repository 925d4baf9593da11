import { useRef } from 'preact/hooks'
import type { BotView, CallSummary } from '../../shared/inspection/views.js'
import type { Api } from '../api.js'
import { CallForm } from './CallForm.js'
import { JoinForm } from './JoinForm.js'
import { PersonRow } from './PersonRow.js'
import { allowsJoining } from './personActions.js'
import './phone.css'
import { useKeptFocus } from './useKeptFocus.js'
import { shorten } from './words.js'

/** The length of an id that tells calls apart. */
const SHORT_ID_LENGTH = 13

interface PeoplePanelProps {
  readonly api: Api
  readonly calls: readonly CallSummary[]
  readonly bots: readonly BotView[]
  onOpenPhone(personId: string): void
}

/** The simulated people: call a bot as any person, and act for the people in live calls. */
export function PeoplePanel({ api, calls, bots, onOpenPhone }: PeoplePanelProps) {
  const section = useRef<HTMLElement>(null)
  useKeptFocus(section)
  const liveCalls = calls.filter(({ endedAt, state }) => endedAt === undefined && state !== 'terminated')

  return (
    <section ref={section} tabIndex={-1} class="phone-people" aria-label="People">
      <h2>Call a bot</h2>
      <CallForm api={api} bots={bots} onOpenPhone={onOpenPhone} />
      <h2>People in live calls</h2>
      {liveCalls.length === 0 && <p class="phone-note">No live calls.</p>}
      {liveCalls.map((call) => (
        <PeopleOfCall key={call.id} api={api} call={call} onOpenPhone={onOpenPhone} />
      ))}
    </section>
  )
}

interface PeopleOfCallProps {
  readonly api: Api
  readonly call: CallSummary
  onOpenPhone(personId: string): void
}

function PeopleOfCall({ api, call, onOpenPhone }: PeopleOfCallProps) {
  const name = call.botName ?? shorten(call.applicationId, SHORT_ID_LENGTH)
  return (
    <article class="phone-call" aria-label={`People in the call with ${name}, ${call.state}`}>
      <h3>
        {name} <span class="phone-note">{call.state}</span>{' '}
        <code title={call.id}>{shorten(call.id, SHORT_ID_LENGTH)}</code>
      </h3>
      <ul class="phone-people-list">
        {call.people.map((person) => (
          <PersonRow key={person.participantId} api={api} callId={call.id} person={person} onOpenPhone={onOpenPhone} />
        ))}
      </ul>
      {call.people.length === 0 && <p class="phone-note">The bot is alone.</p>}
      {allowsJoining(call) && <JoinForm api={api} callId={call.id} />}
    </article>
  )
}

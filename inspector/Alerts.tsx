import { useEffect, useState } from 'preact/hooks'
import type { DeadLetterEvent } from '../shared/inspection/entries.js'
import type { CallSummary } from '../shared/inspection/views.js'
import { nameOf, nameOfBot } from './describe.js'
import { shortenId } from './format.js'
import { ViewLink } from './parts/ViewLink.js'
import { act } from './phone/requests.js'
import { useAction, useApp } from './state/context.js'

/** Up to 25 people ring at the same time; the others are in the list of people. */
const MAX_BANNERS = 3

type DeadLetter = Pick<DeadLetterEvent, 'sequence' | 'reason'> & { readonly callId: string }

/** What needs the user: people who ring, and a notification that was just dead-lettered. */
export function Alerts({ calls }: { readonly calls: readonly CallSummary[] }) {
  const { view } = useApp()
  const [deadLetter, dismiss] = useLastDeadLetter()
  const ringing = calls
    .flatMap((call) => call.people.map((person) => ({ call, person })))
    // The open phone announces its own ringing.
    .filter(({ person }) => person.state === 'ringing' && person.identity.id !== view.person)
  return (
    <div role="alert">
      {ringing.slice(0, MAX_BANNERS).map(({ call, person }) => (
        <RingingBanner
          key={`${call.id}:${person.participantId}`}
          call={call}
          personId={person.identity.id}
          name={nameOf(person.identity)}
        />
      ))}
      {ringing.length > MAX_BANNERS && (
        <p class="banner tone-ringing">
          <ViewLink change={{ tab: 'people' }}>{ringing.length - MAX_BANNERS} more ring</ViewLink>
        </p>
      )}
      {deadLetter && (
        <p class="banner tone-dead">
          <span aria-hidden="true">✕</span> Notification {deadLetter.sequence} of call {shortenId(deadLetter.callId)}{' '}
          was dead-lettered: {deadLetter.reason}
          <ViewLink
            change={{ tab: 'calls', call: deadLetter.callId, m: `notification:${deadLetter.sequence}` }}
            onOpen={dismiss}
          >
            Show
          </ViewLink>
          <button type="button" onClick={dismiss}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  )
}

interface RingingProps {
  readonly call: CallSummary
  readonly personId: string
  readonly name: string
}

function RingingBanner({ call, personId, name }: RingingProps) {
  const { api, navigate } = useApp()
  const run = useAction()
  const react = (action: 'answer' | 'decline', done: string): void =>
    run(() => act(api, { personId, callId: call.id }, action).then(() => `${name} has ${done}.`))
  return (
    <p class="banner tone-ringing">
      <span>
        <span aria-hidden="true">◔</span> {name} rings, called by {nameOfBot(call)}
      </span>
      <button type="button" aria-label={`Answer as ${name}`} onClick={() => react('answer', 'answered')}>
        Answer
      </button>
      <button type="button" aria-label={`Decline as ${name}`} onClick={() => react('decline', 'declined')}>
        Decline
      </button>
      <button type="button" aria-label={`Phone of ${name}`} onClick={() => navigate({ person: personId })}>
        Phone
      </button>
    </p>
  )
}

/** The newest dead letter since the page was opened, until it is dismissed. */
function useLastDeadLetter(): [DeadLetter | undefined, () => void] {
  const { feed } = useApp()
  const [deadLetter, setDeadLetter] = useState<DeadLetter>()
  useEffect(
    () =>
      feed.subscribe((update) => {
        if (update.type !== 'entries') return
        const last = update.entries.findLast((entry) => entry.type === 'deadLetter')
        if (last?.type === 'deadLetter' && last.callId !== undefined) setDeadLetter({ ...last, callId: last.callId })
      }),
    [],
  )
  return [deadLetter, () => setDeadLetter(undefined)]
}

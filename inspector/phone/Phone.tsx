import { useRef, useState } from 'preact/hooks'
import type { Api } from '../api.js'
import { ErrorText } from './actions.js'
import { PhoneCallCard } from './PhoneCallCard.js'
import './phone.css'
import { useKeptFocus } from './useKeptFocus.js'
import { usePhone } from './usePhone.js'
import { useRingingTitle, useRingTone } from './useRinging.js'
import { describePhoneCall } from './words.js'

interface PhoneProps {
  readonly api: Api
  readonly personId: string
}

/** This browser is the phone of a simulated person. */
export const Phone = ({ api, personId }: PhoneProps) => (
  // The phone of another person starts from scratch.
  <PhoneOfPerson key={personId} api={api} personId={personId} />
)

function PhoneOfPerson({ api, personId }: PhoneProps) {
  const { view, error, refresh } = usePhone(api, personId)
  const [isRingToneOn, setIsRingToneOn] = useState(false)
  const section = useRef<HTMLElement>(null)
  useKeptFocus(section)
  const ringing = view?.calls.find(({ state }) => state === 'ringing')
  useRingingTitle(ringing && `Ringing: ${describePhoneCall(ringing)} ${personId}`)
  useRingTone(isRingToneOn && ringing !== undefined)

  return (
    <section ref={section} tabIndex={-1} class="phone" aria-label={`Phone of ${personId}`}>
      <header>
        <h2>Phone of {personId}</h2>
        <label class="phone-switch">
          <input type="checkbox" checked={isRingToneOn} onChange={() => setIsRingToneOn((isOn) => !isOn)} />
          Ring tone
        </label>
      </header>
      <p role="alert" class={ringing ? 'phone-ringing' : 'phone-empty'}>
        {ringing && `${describePhoneCall(ringing)}.`}
      </p>
      <ErrorText text={error} />
      {view?.calls.length === 0 && <p class="phone-note">No calls. The phone rings when a bot calls {personId}.</p>}
      {view?.calls.map((call) => (
        <PhoneCallCard key={call.callId} api={api} personId={personId} call={call} onChanged={refresh} />
      ))}
    </section>
  )
}

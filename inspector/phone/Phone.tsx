import { useRef, useState } from 'preact/hooks'
import { Announcement } from '../parts/Announcement.js'
import { PhoneCallCard } from './PhoneCallCard.js'
import { useKeptFocus } from './useKeptFocus.js'
import { usePhone } from './usePhone.js'
import { useRingingTitle, useRingTone } from './useRinging.js'
import { describePhoneCall } from './words.js'

/** This browser is the phone of a simulated person. */
export function Phone({ personId }: { readonly personId: string }) {
  const { view, error, refresh } = usePhone(personId)
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
      <p role="alert" class={ringing && 'phone-ringing'}>
        {ringing && `${describePhoneCall(ringing)}.`}
      </p>
      <Announcement text={error} tone="dead" />
      {view?.calls.length === 0 && <p class="muted">No calls. The phone rings when a bot calls {personId}.</p>}
      {view?.calls.map((call) => (
        <PhoneCallCard key={call.callId} personId={personId} call={call} onChanged={refresh} />
      ))}
    </section>
  )
}

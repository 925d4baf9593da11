import { Phone } from './phone/Phone.js'
import { useApp } from './state/context.js'

/** The phone that is open, with the button that closes it. */
export function PhonePane() {
  const { view, navigate } = useApp()
  if (view.person === undefined) return null
  return (
    <div class="pane phone-pane">
      <button type="button" class="close" onClick={() => navigate({ person: undefined })}>
        Close the phone
      </button>
      {/* The key, because the phone of another person starts from scratch. */}
      <Phone key={view.person} personId={view.person} />
    </div>
  )
}

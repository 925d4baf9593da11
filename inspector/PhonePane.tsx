import { Phone } from './phone/Phone.js'
import { useApp } from './state/context.js'

/** The phone that is open, with the button that closes it. */
export function PhonePane() {
  const { api, view, navigate } = useApp()
  if (view.person === undefined) return null
  return (
    <div class="pane phone-pane">
      <button type="button" class="close" onClick={() => navigate({ person: undefined })}>
        Close the phone
      </button>
      <Phone api={api} personId={view.person} />
    </div>
  )
}

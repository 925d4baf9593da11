import { useEffect, useState } from 'preact/hooks'
import { readField } from './parts/forms.js'
import type { TokenPrompt } from './state/tokenPrompt.js'

/** Asks for a token where the service issues none: it is not a local one. */
export function TokenForm({ tokenPrompt }: { readonly tokenPrompt: TokenPrompt }) {
  const [isNeeded, setIsNeeded] = useState(false)
  const [wasRefused, setWasRefused] = useState(false)
  useEffect(() => tokenPrompt.listen(setIsNeeded), [tokenPrompt])
  if (!isNeeded) return null
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    // When the form is shown once more, this token has not worked.
    setWasRefused(true)
    tokenPrompt.answer(readField(event, 'token'))
  }
  return (
    <form class="banner" aria-label="Token" onSubmit={submit}>
      <label>
        {wasRefused ? 'The service has refused the token.' : 'This service issues no tokens.'} Token of an operator{' '}
        <input name="token" type="password" required autocomplete="off" />
      </label>
      <button type="submit">Use</button>
      <span class="muted">It is kept until this tab is closed.</span>
    </form>
  )
}

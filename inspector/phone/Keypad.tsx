import { useRef, useState } from 'preact/hooks'
import type { Tone } from '../../shared/calls/resources.js'
import { errorMessage } from '../api.js'
import { Announcement } from '../parts/Announcement.js'
import { useApp } from '../state/context.js'
import { type PersonInCall, pressKey } from './requests.js'

interface Key {
  readonly character: string
  readonly tone: Tone
  /** What a screen reader says, where the character alone is unclear. */
  readonly name?: string
}

const KEYS: readonly Key[] = [
  { character: '1', tone: 'tone1' },
  { character: '2', tone: 'tone2' },
  { character: '3', tone: 'tone3' },
  { character: '4', tone: 'tone4' },
  { character: '5', tone: 'tone5' },
  { character: '6', tone: 'tone6' },
  { character: '7', tone: 'tone7' },
  { character: '8', tone: 'tone8' },
  { character: '9', tone: 'tone9' },
  { character: '*', tone: 'star', name: 'Star' },
  { character: '0', tone: 'tone0' },
  { character: '#', tone: 'pound', name: 'Pound' },
]

/** The pressed keys that fit in one line. */
const MAX_SHOWN_KEYS = 20

interface Props {
  readonly person: PersonInCall
  readonly receivesTones: boolean
}

export function Keypad({ person, receivesTones }: Props) {
  const { api } = useApp()
  const [pressed, setPressed] = useState('')
  const [error, setError] = useState('')
  // One request after the other, because the order of the keys matters.
  const last = useRef<Promise<void>>(Promise.resolve())

  async function send({ character, tone }: Key): Promise<void> {
    try {
      await pressKey(api, person, tone)
      setPressed((before) => (before + character).slice(-MAX_SHOWN_KEYS))
      setError('')
    } catch (failure) {
      setError(errorMessage(failure))
    }
  }

  function press(key: Key): void {
    last.current = last.current.then(() => send(key))
  }

  function pressByKeyboard(event: KeyboardEvent): void {
    const key = KEYS.find(({ character }) => character === event.key)
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    // The key has acted here, so a shortcut of the page must not act too.
    event.preventDefault()
    event.stopPropagation()
    press(key)
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form.
    <div role="group" aria-label="Keypad" class="phone-keypad" onKeyDown={pressByKeyboard}>
      <div class="phone-keys">
        {KEYS.map((key) => (
          <button key={key.tone} type="button" aria-label={key.name} onClick={() => press(key)}>
            {key.character}
          </button>
        ))}
      </div>
      {!receivesTones && <p class="muted">The bot has not subscribed to tones. A key may still end a recording.</p>}
      <Announcement text={pressed && `Pressed: ${pressed}`} tone="muted" />
      <Announcement text={error} tone="dead" />
    </div>
  )
}

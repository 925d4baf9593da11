import { useState } from 'preact/hooks'
import { areLettersOn, KEYS, switchLetters } from './keyboard.js'
import { Dialog } from './parts/Dialog.js'

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const [isOn, setIsOn] = useState(areLettersOn)
  const change = (): void => {
    switchLetters(!isOn)
    setIsOn(!isOn)
  }
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={isOn} onChange={change} /> Letters and signs are keys, except where a text is
        typed
      </label>
    </Dialog>
  )
}

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { isPlainClick } from './ViewLink.js'

interface Props {
  readonly class: string
  /** What the list contains, for those who hear it. */
  readonly label: string
  readonly firstKey: string | undefined
  readonly chosenKey: string | undefined
  readonly onOpen: (key: string) => void
  /** Draws the rows. The link of each has its key in `data-key`, and only that of `tabKey` is reached with Tab. */
  readonly children: (tabKey: string | undefined) => ComponentChildren
}

/** A list of links in which the keyboard moves from row to row (keyboard.ts), with one stop of the Tab key. */
export function Rows({ label, firstKey, chosenKey, onOpen, children, ...attributes }: Props) {
  const [focusedKey, setFocusedKey] = useState<string>()
  const open = (event: MouseEvent): void => {
    const key = keyOf(event)
    if (key === undefined || !isPlainClick(event)) return
    event.preventDefault()
    onOpen(key)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the links inside have the focus, and Enter clicks them.
    <ol {...attributes} data-rows aria-label={label} onClick={open} onFocusIn={(event) => setFocusedKey(keyOf(event))}>
      {children(focusedKey ?? chosenKey ?? firstKey)}
    </ol>
  )
}

function keyOf({ target }: Event): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('a[data-key]')?.dataset.key : undefined
}

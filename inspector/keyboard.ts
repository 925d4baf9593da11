import { useEffect, useRef } from 'preact/hooks'

// The keys of the page. Each has a button too, and letters never act where a text is typed.

export const KEYS = [
  { keys: 'j, k or arrows', does: 'Next and previous row' },
  { keys: 'Enter', does: 'Open the row' },
  { keys: 'Esc', does: 'Close the details, then the phone, then the call' },
  { keys: '/', does: 'Search' },
  { keys: 'n', does: 'Next failed row or call' },
  { keys: 'e', does: 'Follow new messages' },
  { keys: '?', does: 'Show the keys' },
] as const

/** A screen reader or a voice control may type letters: the user can switch them off (WCAG 2.1.4). */
const LETTERS_KEY = 'ringback.letters'

export const areLettersOn = (): boolean => localStorage.getItem(LETTERS_KEY) !== 'off'
export const switchLetters = (isOn: boolean): void => localStorage.setItem(LETTERS_KEY, isOn ? 'on' : 'off')

/** What a key does, by the name of the key. */
export type KeyActions = Readonly<Record<string, (() => void) | undefined>>

/** The keys of what is shown; what was shown last has precedence, so that Esc closes the details before the call. */
const shown: { current: KeyActions }[] = []

/** Defines keys for as long as the component is shown. */
export function useKeys(actions: KeyActions): void {
  const current = useRef(actions)
  current.current = actions
  useEffect(() => {
    shown.unshift(current)
    return () => {
      shown.splice(shown.indexOf(current), 1)
    }
  }, [])
}

export function startKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (!isForPage(event)) return
    const action = shown.map(({ current }) => current[event.key]).find((found) => found !== undefined)
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}

/** False for a key that has another meaning where the focus is. */
function isForPage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  const target = event.target instanceof Element ? event.target : document.body
  if (target.closest('dialog, input, textarea, select')) return false
  // Outside a list the arrows scroll.
  if (event.key.startsWith('Arrow')) return target.closest('[data-rows]') !== null
  return event.key.length > 1 || areLettersOn()
}

/** Moves the focus by this number of rows in the main list of the page: the messages of the call, or else the calls. */
export function moveInMainList(step: 1 | -1): void {
  moveFocus([...document.querySelectorAll('[data-rows]')].at(-1), step)
}

/** Moves the focus by this number of rows in the list that has it. */
export function moveInFocusedList(step: 1 | -1): void {
  moveFocus(document.activeElement?.closest('[data-rows]'), step)
}

function moveFocus(list: Element | null | undefined, step: 1 | -1): void {
  const links = [...(list?.querySelectorAll<HTMLElement>('a[data-key]') ?? [])]
  const focused = links.findIndex((link) => link.matches(':focus'))
  // Without a focus, the first step goes to the row that Tab would reach.
  const next = focused === -1 ? links.find((link) => link.tabIndex === 0) : links[focused + step]
  next?.focus()
}

/** Moves the focus to the row with this key. */
export const focusRow = (key: string): void => findRow(key)?.focus()

/** Scrolls the row with this key into view. */
export const showRow = (key: string): void => findRow(key)?.scrollIntoView({ block: 'nearest' })

const findRow = (key: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`a[data-key="${CSS.escape(key)}"]`)

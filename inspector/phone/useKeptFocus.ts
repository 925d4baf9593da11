import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

/**
 * Keeps the focus in an element when the button that has it disappears, for example because a call was answered.
 * Without it, the next Tab of a keyboard user would start at the top of the page.
 */
export function useKeptFocus(container: RefObject<HTMLElement | null>): void {
  const hasFocus = container.current?.contains(document.activeElement) === true
  useLayoutEffect(() => {
    if (hasFocus && document.activeElement === document.body) container.current?.focus({ preventScroll: true })
  })
}

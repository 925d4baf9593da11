import type { ComponentChildren } from 'preact'
import { useApp } from '../state/context.js'
import { changeView, type View, writeView } from '../url.js'

interface Props {
  readonly change: Partial<View>
  /** True for the link to what is shown. */
  readonly isCurrent?: boolean
  /** What else happens when the link is followed. */
  readonly onOpen?: () => void
  readonly children: ComponentChildren
}

/** A link to another view of the page: it can be copied, and opened in a new tab. */
export function ViewLink({ change, isCurrent = false, onOpen, children }: Props) {
  const { view, navigate } = useApp()
  const open = (event: MouseEvent): void => {
    if (!isPlainClick(event)) return
    event.preventDefault()
    navigate(change)
    onOpen?.()
  }
  return (
    <a aria-current={isCurrent ? 'page' : undefined} href={hrefOf(view, change)} onClick={open}>
      {children}
    </a>
  )
}

export const hrefOf = (view: View, change: Partial<View>): string =>
  writeView(changeView(view, change)) || location.pathname

/** False for a click that asks the browser for a new tab or a download. */
export const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

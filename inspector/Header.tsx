import { ViewLink } from './parts/ViewLink.js'
import { useApp } from './state/context.js'
import { TABS, type Tab } from './url.js'

interface Props {
  readonly failedCount: number
  readonly onShowKeys: () => void
  readonly onCallBot: () => void
}

const TAB_TITLES: Readonly<Record<Tab, string>> = { calls: 'Calls', bots: 'Bots', people: 'People' }
const SEARCH_ID = 'search'

export const focusSearch = (): void => document.getElementById(SEARCH_ID)?.focus()

/** Gives the keys back to the page. The browser clears the text. */
function leaveAtEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur()
}

export function Header({ failedCount, onShowKeys, onCallBot }: Props) {
  const { view, navigate } = useApp()
  return (
    <header class="bar">
      <h1>Ringback</h1>
      <nav aria-label="Tabs">
        {TABS.map((tab) => (
          <ViewLink key={tab} change={{ tab }} isCurrent={view.tab === tab}>
            {TAB_TITLES[tab]}
          </ViewLink>
        ))}
      </nav>
      <input
        id={SEARCH_ID}
        type="search"
        aria-label="Search calls"
        placeholder="Search calls  /"
        value={view.q ?? ''}
        onKeyDown={leaveAtEscape}
        onInput={(event) => navigate({ tab: 'calls', q: event.currentTarget.value || undefined })}
      />
      <button
        type="button"
        class={failedCount > 0 ? 'tone-dead' : ''}
        aria-pressed={view.failed}
        onClick={() => navigate({ tab: 'calls', failed: !view.failed })}
      >
        {failedCount > 0 && <span aria-hidden="true">✕ </span>}Failed {failedCount}
      </button>
      <button type="button" onClick={onCallBot}>
        Call a bot
      </button>
      <button type="button" aria-label="Keys" title="Keys" onClick={onShowKeys}>
        ?
      </button>
    </header>
  )
}

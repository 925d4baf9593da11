// What the page shows is in the query of its URL, so that a reload or a copied link loses nothing. A token never is.

export const TABS = ['calls', 'bots', 'people'] as const
export type Tab = (typeof TABS)[number]

export interface View {
  readonly tab: Tab
  /** The id of the chosen call. */
  readonly call?: string | undefined
  /** The key of the chosen row of its diagram. */
  readonly m?: string | undefined
  /** The id of the person whose phone is open. */
  readonly person?: string | undefined
  /** Filters of the list: the id of an application, a state or `live`, and a text. */
  readonly app?: string | undefined
  readonly state?: string | undefined
  readonly q?: string | undefined
  /** True for the calls with failed deliveries only. */
  readonly failed: boolean
}

/** The properties that are texts, in the order in which the URL has them. */
const TEXTS = ['call', 'm', 'person', 'app', 'state', 'q'] as const

export function readView(search: string): View {
  const query = new URLSearchParams(search)
  const texts = Object.fromEntries(TEXTS.map((name) => [name, query.get(name) || undefined]))
  const tab = TABS.find((name) => name === query.get('tab')) ?? 'calls'
  return { ...texts, tab, failed: query.get('failed') === '1' }
}

/** The query with its question mark; empty for the view that needs none. */
export function writeView(view: View): string {
  const query = new URLSearchParams()
  if (view.tab !== 'calls') query.set('tab', view.tab)
  for (const name of TEXTS) {
    const text = view[name]
    if (text) query.set(name, text)
  }
  if (view.failed) query.set('failed', '1')
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** A change of the view. Another call has other rows, so it closes the details. */
export function changeView(view: View, change: Partial<View>): View {
  const isOtherCall = 'call' in change && change.call !== view.call
  return { ...view, ...(isOtherCall && { m: undefined }), ...change }
}

/** True when the browser's Back button should return to the view before; a filter or a chosen row is no such step. */
export const isStep = (before: View, after: View): boolean => before.tab !== after.tab || before.call !== after.call

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { type Api, errorMessage } from '../api.js'
import type { View } from '../url.js'
import type { Feed } from './feed.js'

/** What every part of the page may use. */
export interface AppContext {
  readonly api: Api
  readonly feed: Feed
  readonly view: View
  readonly navigate: (change: Partial<View>) => void
  /** Shows a text in the status line. */
  readonly report: (text: string) => void
}

export const Context = createContext<AppContext | undefined>(undefined)

export function useApp(): AppContext {
  const context = useContext(Context)
  if (context === undefined) throw new Error('expected the component to be inside the page')
  return context
}

/** Runs an action of the user; its result, or why it failed, is shown in the status line. */
export function useAction(): (action: () => Promise<string>) => void {
  const { report } = useApp()
  return (action) => {
    action().then(report, (error: unknown) => report(`Failed: ${errorMessage(error)}`))
  }
}

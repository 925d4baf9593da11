import { useEffect, useState } from 'preact/hooks'
import { changeView, isStep, readView, type View, writeView } from '../url.js'

/** The view in the URL, and the function that changes it. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => readView(location.search))

  useEffect(() => {
    const readAgain = (): void => setView(readView(location.search))
    addEventListener('popstate', readAgain)
    return () => removeEventListener('popstate', readAgain)
  }, [])

  function navigate(change: Partial<View>): void {
    const before = readView(location.search)
    const after = changeView(before, change)
    const url = `${location.pathname}${writeView(after)}`
    if (isStep(before, after)) history.pushState(undefined, '', url)
    else history.replaceState(undefined, '', url)
    setView(after)
  }

  return [view, navigate]
}

import { useEffect, useState } from 'preact/hooks'
import { errorMessage } from '../api.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { createRefresher } from './refresher.js'

/** The current time, which is read again after each interval. */
export function useNow(intervalMs: number): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs)
    return () => clearInterval(timer)
  }, [intervalMs])
  return now
}

/** Loads now, and again after each update that matters. It keeps the functions of the first rendering. */
export function useRefreshed(
  load: () => Promise<void>,
  minIntervalMs: number,
  matters: (update: FeedUpdate) => boolean,
): void {
  const { feed } = useApp()
  useEffect(() => {
    const refresher = createRefresher(load, minIntervalMs)
    refresher.request()
    const unsubscribe = feed.subscribe((update) => {
      if (matters(update)) refresher.request()
    })
    return () => {
      unsubscribe()
      refresher.stop()
    }
  }, [])
}

export interface Loaded<T> {
  readonly value?: T
  readonly error?: string
}

/** Loads a value again whenever the key has changed. What was loaded for an earlier key is ignored. */
export function useLoad<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({})
  useEffect(() => {
    let isCurrent = true
    const show = (result: Loaded<T>): void => {
      if (isCurrent) setLoaded(result)
    }
    load().then(
      (value) => show({ value }),
      (error: unknown) => show({ error: errorMessage(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [key])
  return loaded
}

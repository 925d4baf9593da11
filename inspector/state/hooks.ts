import { useEffect, useState } from 'preact/hooks'
import { errorText } from '../api.js'

/** The current time, which is read again after each interval. */
export function useNow(intervalMs: number): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs)
    return () => clearInterval(timer)
  }, [intervalMs])
  return now
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
      (error: unknown) => show({ error: errorText(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [key])
  return loaded
}

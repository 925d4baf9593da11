/** Something that listens for work: HTTP requests, queue messages, the time of day. */
export interface Listener {
  /** Takes no more work and resolves when the running invocations have ended. */
  stop(): Promise<void>
}

/** Waits, or returns at once when the signal aborts: so a listener sleeps between two looks and still stops promptly. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, milliseconds)
    signal.addEventListener('abort', finish)
  })
}

/** A source of work for functions: HTTP requests, queue messages or a timer. */
export interface Listener {
  /** Accepts no more work and resolves when the running invocations have finished. */
  stop(): Promise<void>
}

/** Waits; returns early when the signal aborts, so that a listener that waits can stop at once. */
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

import { useRef, useState } from 'preact/hooks'
import { errorMessage } from '../api.js'

interface ActionWithError {
  /** Why the last action failed; empty if it did not. */
  readonly error: string
  /** Runs an action, unless another one is running: then the user has pressed twice. */
  readonly run: (action: () => Promise<unknown>) => Promise<void>
}

/** Runs actions of the user whose errors are shown beside their buttons, and not in the status line as by useAction. */
export function useActionWithError(): ActionWithError {
  const [error, setError] = useState('')
  const isRunning = useRef(false)

  async function run(action: () => Promise<unknown>): Promise<void> {
    if (isRunning.current) return
    isRunning.current = true
    setError('')
    try {
      await action()
    } catch (failure) {
      setError(errorMessage(failure))
    } finally {
      isRunning.current = false
    }
  }

  return { error, run }
}

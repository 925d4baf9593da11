import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

// Buttons that send a request, with the error of the service in words beside them.

interface Action {
  /** What went wrong the last time, in words. */
  readonly error: string
  /** Runs an action. While it runs, another one is ignored: the user has pressed twice. */
  run(send: () => Promise<unknown>): Promise<void>
}

export function useAction(): Action {
  const [error, setError] = useState('')
  const isRunning = useRef(false)

  async function run(send: () => Promise<unknown>): Promise<void> {
    if (isRunning.current) return
    isRunning.current = true
    setError('')
    try {
      await send()
    } catch (failure) {
      setError(describeFailure(failure))
    } finally {
      isRunning.current = false
    }
  }

  return { error, run }
}

export const describeFailure = (failure: unknown): string =>
  failure instanceof Error ? failure.message : String(failure)

/** Always in the page, so that screen readers announce a new text. */
export const ErrorText = ({ text }: { readonly text: string }) => (
  <output class={text === '' ? 'phone-error phone-empty' : 'phone-error'}>{text}</output>
)

interface ActionButtonProps {
  readonly children: ComponentChildren
  readonly class?: string
  /** Says whom the button is about, when its text alone does not. */
  readonly label?: string
  onPress(): void
}

export const ActionButton = ({ children, label, onPress, ...props }: ActionButtonProps) => (
  <button type="button" class={props.class} aria-label={label} onClick={onPress}>
    {children}
  </button>
)

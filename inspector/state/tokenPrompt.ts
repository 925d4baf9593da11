/** Connects the requests that wait for an operator's token with the form that asks for it. */
export interface TokenPrompt {
  ask(): Promise<string>
  answer(token: string): void
  /** Calls the listener when a token begins to be needed, and with false once there is one. */
  listen(listener: (isNeeded: boolean) => void): void
}

export function createTokenPrompt(): TokenPrompt {
  let resolve: ((token: string) => void) | undefined
  let notify: ((isNeeded: boolean) => void) | undefined
  return {
    ask: () => {
      notify?.(true)
      return new Promise((give) => {
        resolve = give
      })
    },
    answer: (token) => {
      resolve?.(token)
      resolve = undefined
      notify?.(false)
    },
    listen: (listener) => {
      notify = listener
      listener(resolve !== undefined)
    },
  }
}

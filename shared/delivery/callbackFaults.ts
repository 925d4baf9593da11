import type { CallbackFault } from '../inspection/views.js'
import type { AttemptResult } from './retryPolicy.js'
import type { Send } from './send.js'

/** The faults that a developer injects into the deliveries of a bot. They are lost when the process ends. */
export class CallbackFaults {
  readonly #faults = new Map<string, CallbackFault>()

  /** Replaces the fault of an application. */
  set(applicationId: string, fault: CallbackFault): void {
    this.#faults.set(applicationId, fault)
  }

  clear(applicationId: string): void {
    this.#faults.delete(applicationId)
  }

  get(applicationId: string): CallbackFault | undefined {
    return this.#faults.get(applicationId)
  }

  /** Returns the outcome of the application's fault, which then applies to one delivery less. */
  take(applicationId: string): CallbackFault['outcome'] | undefined {
    const fault = this.#faults.get(applicationId)
    if (!fault) return undefined
    if (fault.times > 1) this.#faults.set(applicationId, { ...fault, times: fault.times - 1 })
    else this.#faults.delete(applicationId)
    return fault.outcome
  }
}

/** Returns a sender that contacts no callback for an attempt to which a fault applies, but answers with that fault. */
export function withFaults(send: Send, faults: Pick<CallbackFaults, 'take'>): Send {
  return async (notification, options) => {
    const outcome = faults.take(notification.applicationId)
    return outcome === undefined ? send(notification, options) : toFaultResult(outcome)
  }
}

/** The result that the sender reports for such a callback. A timeout is reported at once. */
function toFaultResult(outcome: CallbackFault['outcome']): AttemptResult {
  if (outcome === 'timeout') return { error: 'timeout', isFault: true }
  return outcome === 'reset' ? { error: 'ECONNRESET', isFault: true } : { status: outcome, isFault: true }
}

import type { Reply } from '../graph/dialects/dialect.js'
import { injectedFault } from '../graph/errors.js'
import type { Clock } from '../platform/clock.js'
import type { ApiFault, FaultMark, Faults } from '../simulator/faults.js'

export interface ApiFaultDependencies {
  /** Absent where FAULTS does not allow them. */
  readonly faults?: Pick<Faults, 'takeForApi'> | undefined
  readonly clock: Clock
}

/** A checked request of a bot. */
export interface FaultyRequest {
  readonly applicationId: string
  /** The name of the operation of Graph; undefined for an endpoint that Graph does not have. */
  readonly operation: string | undefined
  /** Called when the request gets a fault, for the logs. */
  readonly onFault: (mark: FaultMark) => void
}

/**
 * Carries a request out, with the fault that the application has for the operation. Only requests that are well-formed
 * and permitted get here, so that a fault does not count any other request.
 *
 * @throws GraphError the status of the fault
 */
export async function handleWithFault(
  { faults, clock }: ApiFaultDependencies,
  { applicationId, operation, onFault }: FaultyRequest,
  handle: () => Promise<Reply>,
): Promise<Reply> {
  const fault = operation === undefined ? undefined : faults?.takeForApi(applicationId, operation)
  if (!fault) return handle()
  onFault(markOf(fault))
  if (fault.effect === 'delay') {
    await clock.sleep(fault.delayMs)
    return handle()
  }
  // The reply is lost whatever it is, so a refusal is lost too.
  if (fault.after) await handle().catch(() => undefined)
  throw injectedFault(fault.status, fault.after, fault.retryAfterSeconds)
}

const markOf = (fault: ApiFault): FaultMark => (fault.effect === 'status' && fault.after ? 'replyLost' : fault.effect)

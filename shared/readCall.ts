import type { Call } from './calls/call.js'
import { callNotFound } from './calls/errors.js'
import { type Dialect, dialects } from './graph/dialects/dialect.js'
import type { Service } from './service.js'

/**
 * The call as it is now.
 *
 * @param authorize throws when the caller may not see it
 * @throws CallError callNotFound, also for a call that has ended
 */
export async function readCall(
  service: Service,
  callId: string,
  authorize: (call: Call) => void,
): Promise<{ call: Call; dialect: Dialect }> {
  const { record } = await service.calls.read(callId)
  if (!record) throw callNotFound()
  authorize(record.call)
  if (record.call.state === 'terminated') throw callNotFound()
  return { call: record.call, dialect: dialects[record.dialect] }
}

import type { Call } from '../calls/call.js'
import { callNotFound } from '../calls/errors.js'
import type { DialectName } from '../calls/resources.js'
import type { CallStore } from '../storage/callStore.js'

/**
 * Reads a call that has not ended.
 *
 * @param authorize throws when the caller may not see the call
 * @throws CallError callNotFound, also for a call that has ended
 */
export async function readCall(
  { calls }: { readonly calls: CallStore },
  callId: string,
  authorize: (call: Call) => void,
): Promise<{ call: Call; dialect: DialectName }> {
  const { record } = await calls.read(callId)
  if (!record) throw callNotFound()
  authorize(record.call)
  if (record.call.state === 'terminated') throw callNotFound()
  return { call: record.call, dialect: record.dialect }
}

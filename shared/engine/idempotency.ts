import type { Call, Decision } from '../calls/call.js'
import type { Clock } from '../platform/clock.js'
import type { CallIndex } from '../storage/callIndex.js'
import type { CallStore } from '../storage/callStore.js'
import type { ClientRequest, IndexRow, RequestReceipt } from '../storage/records.js'

/** How many receipts a call keeps: clients retry within seconds. */
const MAX_RECEIPTS = 20
/** No client retries sooner: Retry-After of the service is one second, and client libraries wait longer by default. */
const MIN_RETRY_DELAY_MS = 1_000
/** How much earlier than a slow request the retry that overtook it may be dated: the clocks of hosts differ. */
const OVERTAKEN_MS = 120_000

/**
 * Returns a function that tells whether an earlier request was the same as this one. It was if both have the same key
 * and either this one is marked as a retry, or this one was so slow that its own retry overtook it. Without
 * `Retry-Attempt` the key means nothing, because some clients send the same client-request-id with every request.
 */
export function isRetryOf(
  clock: Clock,
  request: ClientRequest | undefined,
): (earlier: { readonly request: ClientRequest; readonly at: number }) => boolean {
  const startedAt = clock.now()
  const hasOvertaken = ({ at }: { at: number }) =>
    clock.now() - startedAt >= MIN_RETRY_DELAY_MS && at >= startedAt - OVERTAKEN_MS
  return (earlier) =>
    earlier.request.id === request?.id && (request.isRetry || (earlier.request.isRetry && hasOvertaken(earlier)))
}

/** Adds the receipt of a request to the receipts of a call, and keeps the newest. */
export function addReceipt(
  receipts: readonly RequestReceipt[] = [],
  receipt: RequestReceipt | undefined,
): readonly RequestReceipt[] {
  return receipt ? [...receipts, receipt].slice(-MAX_RECEIPTS) : receipts
}

/** The result of a request that was already carried out. */
export async function readReceiptResult(
  { calls }: { readonly calls: CallStore },
  call: Call,
  { operationId, createdId }: RequestReceipt,
): Promise<Decision> {
  const operation = operationId && (await calls.readOperation(call.id, operationId))
  return { call, operations: operation ? [operation] : [], events: [], ...(createdId && { createdId }) }
}

export interface IdempotentCreateDependencies {
  readonly clock: Clock
  readonly callIndex: CallIndex
}

/**
 * Chooses the id of a new call, and adds the call to the index of its application. A request and its retries choose the
 * same id, so that the storage lets only one of them create the call.
 */
export async function resolveIdempotentCreate(
  { clock, callIndex }: IdempotentCreateDependencies,
  { id, applicationId }: { readonly id: string; readonly applicationId: string },
  request: ClientRequest | undefined,
): Promise<{ id: string; indexRows: readonly IndexRow[] }> {
  const at = clock.now()
  if (!request) return { id, indexRows: [await callIndex.addForApplication(applicationId, id, at)] }
  const claim = { callId: id, request, at }
  const { claimed, rows } = await callIndex.claimRequest(applicationId, claim, isRetryOf(clock, request))
  return { id: claimed.callId, indexRows: rows }
}

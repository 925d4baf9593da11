import type { Decision } from '../calls/call.js'
import type { DialectName } from '../calls/resources.js'
import { dialects } from '../graph/dialects/dialects.js'
import { traceparent } from '../platform/telemetry.js'
import type { CallRecord, ClientRequest, Commit, NotificationRecord } from '../storage/records.js'
import { addReceipt } from './idempotency.js'

/** What a commit needs besides the decision. */
export interface CommitContext {
  readonly record: CallRecord | undefined
  readonly dialect: DialectName
  readonly request: ClientRequest | undefined
  readonly now: number
  readonly newId: () => string
}

/**
 * Turns a decision into the rows of one transaction. Notifications are rendered here and not at delivery, so that every
 * attempt sends the same bytes.
 */
export function renderCommit(decision: Decision, context: CommitContext): Omit<Commit, 'indexRows'> {
  const { call, operations, createdId } = decision
  const { record: before, dialect, request, now, newId } = context
  // Each try has its own commit id: a retry decides again, and the client must get the ids of the try that was stored.
  const id = newId()
  const notifications = renderNotifications(decision, context)
  const receipt = request && { request, at: now, operationId: operations[0]?.id, createdId }
  const record: CallRecord = {
    call,
    dialect,
    sequence: (before?.sequence ?? 0) + notifications.length,
    hasPendingWakeUp: true,
    requests: addReceipt(before?.requests, receipt),
    endedAt: call.state === 'terminated' ? (before?.endedAt ?? now) : undefined,
  }
  return { id, record, operations, notifications }
}

function renderNotifications(
  { call, events }: Decision,
  { record, dialect, now, newId }: CommitContext,
): NotificationRecord[] {
  const rendered = events.flatMap((event) => dialects[dialect].renderEvent(event).map((body) => ({ event, body })))
  const firstSequence = (record?.sequence ?? 0) + 1
  return rendered.map(({ event, body }, index) => ({
    id: newId(),
    sequence: firstSequence + index,
    callbackUri: call.callbackUri,
    applicationId: call.applicationId,
    tenantId: call.tenantId,
    scenarioId: call.callChainId,
    isRedirectable: event.type === 'incoming',
    usesRedirect: event.type !== 'incoming' && call.direction === 'incoming' && !call.isCallbackNamed,
    body: JSON.stringify(body),
    createdAt: now,
    traceparent: traceparent(),
  }))
}

import type { CallExport } from '../inspection/views.js'
import type { SummaryDependencies } from './callSummaries.js'
import { readCallView } from './callView.js'
import { viewNotification } from './notifications.js'

/**
 * Reads a call with all of its messages, for a file.
 *
 * @throws CallError 404 when there is no such call
 */
export async function exportCall(deps: SummaryDependencies, callId: string): Promise<CallExport> {
  const view = await readCallView(deps, callId)
  const { notifications } = await deps.calls.readNotifications(callId)
  return {
    ...view,
    entries: view.entries.map((entry) => deps.eventLog?.get(entry.number) ?? entry),
    messages: notifications.map(viewNotification),
  }
}

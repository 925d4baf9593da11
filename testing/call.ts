import { toDiagram } from '../shared/inspection/diagram.js'
import { renderLadder } from '../shared/inspection/ladder.js'
import type { CallView } from '../shared/inspection/views.js'
import type { Call, ExpectedNotification, Notification, WaitOptions } from './types.js'

/** What has the calls: a service between two resets. */
interface CallSource {
  readonly feed: { readonly notifications: readonly Notification[] }
  /** @throws Error when there is no such call */
  readCall(id: string): Promise<CallView>
  waitFor(
    expected: ExpectedNotification,
    options: WaitOptions | undefined,
    isPossible: (notification: Notification) => boolean,
  ): Promise<Notification>
}

/** A call that can be used beyond a restore: each use is about the call as the service has it then. */
export function createCall(id: string, applicationId: string, getSource: () => CallSource): Call {
  const isOfCall = ({ callId }: Notification) => callId === id
  const read = async () => getSource().readCall(id)
  return {
    id,
    applicationId,
    get notifications() {
      return getSource().feed.notifications.filter(isOfCall)
    },
    state: async () => (await read()).state,
    async waitFor(expected, options) {
      await read()
      return getSource().waitFor(expected, options, isOfCall)
    },
    ladder: async () => drawLadder(await read()),
  }
}

export const drawLadder = (view: CallView): string => renderLadder(toDiagram(view.entries, view))

import type { EventLog } from '../inspection/eventLog.js'
import type { BotStore } from '../storage/botStore.js'
import type { CallIndex } from '../storage/callIndex.js'

export interface NewestCallsDependencies {
  readonly callIndex: CallIndex
  readonly bots: BotStore
  /** Present in a local process only. */
  readonly eventLog?: EventLog | undefined
}

/** How many applications are listed besides the registered bots. Finding each takes a request. */
const MAX_OTHER_APPLICATIONS = 100
/** How many applications one list reads, with one request each. */
const MAX_APPLICATIONS = 500

/** A page of the calls of all applications. */
interface NewestCalls {
  readonly callIds: readonly string[]
  /** Where the next page begins. */
  readonly next?: string
  /** True if there are more applications than are listed. */
  readonly isPartial?: true
}

/** Lists the newest calls of all applications. `before` is the `next` of the previous page. */
export async function listNewestCalls(
  deps: NewestCallsDependencies,
  before: string | undefined,
  limit: number,
): Promise<NewestCalls> {
  const { applicationIds, isPartial } = await listApplications(deps)
  const listed = await deps.callIndex.listNewest(applicationIds, before, limit)
  const last = listed.at(-1)
  return {
    callIds: listed.map(({ callId }) => callId),
    ...(isPartial && { isPartial }),
    ...(last && listed.length === limit && { next: last.rowKey }),
  }
}

/** The applications whose calls are listed: the registered bots, those of the event log, and others that have calls. */
async function listApplications({
  bots,
  callIndex,
  eventLog,
}: NewestCallsDependencies): Promise<{ applicationIds: string[]; isPartial: boolean }> {
  const [registered, others] = await Promise.all([bots.list(), callIndex.listApplications(MAX_OTHER_APPLICATIONS)])
  const known = [...registered.map(({ applicationId }) => applicationId), ...(eventLog?.listApplications() ?? [])]
  const all = [...new Set([...known, ...others].map((id) => id.toLowerCase()))]
  const isPartial = others.length === MAX_OTHER_APPLICATIONS || all.length > MAX_APPLICATIONS
  return { applicationIds: all.slice(0, MAX_APPLICATIONS), isPartial }
}

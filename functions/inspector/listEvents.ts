import { INSPECT } from '../../shared/auth/permissions.js'
import { readEventsQuery } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

// The page polls this endpoint. A stream of server-sent events would keep an invocation open: a Functions host bills
// it, ends it after functionTimeout, and waits for it at shutdown.
registerEndpoint({
  name: 'inspector-event-list',
  method: 'GET',
  path: 'inspector/events',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function listEvents({ service, query, ifNoneMatch }) {
    const { after } = readEventsQuery(query)
    const { eventLog } = service
    if (!eventLog) return { status: 200, body: { entries: [], last: 0 } }
    const entries = eventLog.listAfter(after)
    const { startedAt, last } = eventLog
    const etag = `"${startedAt}-${last}"`
    if (ifNoneMatch === etag && entries.length === 0) return { status: 304, headers: { ETag: etag } }
    return { status: 200, headers: { ETag: etag }, body: { entries, last: entries.at(-1)?.number ?? last, startedAt } }
  },
})

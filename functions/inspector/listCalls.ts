import { INSPECT } from '../../shared/auth/permissions.js'
import { readCallsQuery } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { listCallSummaries, readCallSummaries } from '../../shared/inspector/callSummaries.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-call-list',
  method: 'GET',
  path: 'inspector/calls',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function listInspectedCalls({ service, query }) {
    const { ids, before, limit } = readCallsQuery(query)
    if (ids) return { status: 200, body: { calls: await readCallSummaries(service, ids) } }
    return { status: 200, body: await listCallSummaries(service, before, limit) }
  },
})

import { INSPECT } from '../../shared/auth/permissions.js'
import { notFound } from '../../shared/graph/errors.js'
import { readNumber } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-event-get',
  method: 'GET',
  path: 'inspector/events/{number}',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function getEvent({ service, parameters }) {
    const entry = service.eventLog?.get(readNumber(parameters.number, 'number'))
    if (!entry) throw notFound('The event log has no entry with this number. The oldest entries are dropped.')
    return { status: 200, body: entry }
  },
})

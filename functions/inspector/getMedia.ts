import { INSPECT } from '../../shared/auth/permissions.js'
import { callNotFound } from '../../shared/calls/errors.js'
import { notFound } from '../../shared/graph/errors.js'
import { readMediaQuery } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { findPromptUri } from '../../shared/inspector/phoneView.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-media-get',
  method: 'GET',
  path: 'inspector/media',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function fetchPromptMedia({ service, query }) {
    const { callId, operationId, index } = readMediaQuery(query)
    const { record } = await service.calls.read(callId)
    if (!record) throw callNotFound()
    // Only what the bot has asked for: the service must not fetch addresses for others.
    const uri = findPromptUri(record.call, operationId, index)
    const file = uri === undefined ? undefined : await service.fetchMedia(uri)
    if (!file) throw notFound('The media cannot be fetched, or the call has no such prompt that plays or waits.')
    return { status: 200, file, headers: { 'X-Content-Type-Options': 'nosniff' } }
  },
})

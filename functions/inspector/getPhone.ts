import { INSPECT } from '../../shared/auth/permissions.js'
import { readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readPhoneView } from '../../shared/inspector/phoneView.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-phone-get',
  method: 'GET',
  path: 'inspector/people/{userId}',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function getPhone({ service, parameters, query }) {
    const personId = readPersonId(parameters.userId, { userId: query.get('userId') ?? undefined })
    return { status: 200, body: await readPhoneView(service, personId) }
  },
})

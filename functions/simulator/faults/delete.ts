import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { readGuid } from '../../../shared/graph/ids.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasFaults } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-fault-delete',
  summary: 'Removes the faults of an application',
  method: 'DELETE',
  path: 'simulator/faults/{applicationId}',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasFaults,
  replies: { 204: null },
  handle: async function deleteFaults({ service, parameters }) {
    service.faults?.clear(readGuid(parameters.applicationId ?? '', 'applicationId'))
    return { status: 204 }
  },
})

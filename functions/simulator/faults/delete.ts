import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { readGuid } from '../../../shared/graph/ids.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasFaults } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-fault-delete',
  method: 'DELETE',
  path: 'simulator/faults/{applicationId}',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasFaults,
  handle: async function deleteFaults({ service, parameters }) {
    service.faults?.clear(readGuid(parameters.applicationId ?? '', 'applicationId'))
    return { status: 204 }
  },
})

import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { readGuid } from '../../../shared/graph/ids.js'
import { faultsReply } from '../../../shared/graph/replies/operator.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasFaults } from '../../../shared/service/config.js'

registerEndpoint({
  name: 'simulator-fault-get',
  summary: 'Lists the faults of an application',
  method: 'GET',
  path: 'simulator/faults/{applicationId}',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasFaults,
  replies: { 200: faultsReply },
  handle: async function getFaults({ service, parameters }) {
    const applicationId = readGuid(parameters.applicationId ?? '', 'applicationId')
    return { status: 200, body: service.faults?.list(applicationId) }
  },
})

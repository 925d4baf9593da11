import { CONTROL_SIMULATOR } from '../../../shared/auth/permissions.js'
import { readGuid } from '../../../shared/graph/ids.js'
import { faultsReply } from '../../../shared/graph/replies/operator.js'
import { faultsBody } from '../../../shared/graph/requests/faultsBody.js'
import { assertOperationNames } from '../../../shared/http/operationNames.js'
import { registerEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hasFaults } from '../../../shared/service/config.js'
import { chooseSeed } from '../../../shared/simulator/faults.js'

registerEndpoint({
  name: 'simulator-fault-put',
  summary: 'Replaces the faults of an application',
  method: 'PUT',
  path: 'simulator/faults/{applicationId}',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasFaults,
  body: faultsBody,
  example: { seed: 42, faults: [{ on: 'callback', effect: 'status', status: 503, sequence: 3, times: 2 }] },
  replies: { 200: faultsReply },
  handle: async function setFaults({ service, parameters, body: { seed, faults } }) {
    const applicationId = readGuid(parameters.applicationId ?? '', 'applicationId')
    assertOperationNames(faults)
    service.faults?.set(applicationId, { seed: seed ?? chooseSeed(service.random()), faults })
    return { status: 200, body: service.faults?.list(applicationId) }
  },
})

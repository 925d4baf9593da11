import { callNotFound } from '../../shared/calls/errors.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { notFound } from '../../shared/graph/errors.js'
import { readGuid } from '../../shared/graph/ids.js'
import { operationSchemas } from '../../shared/graph/replies/operation.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'operation-get',
  summary: 'Reads an operation, also after the call has ended',
  method: 'GET',
  path: 'calls/{callId}/operations/{operationId}',
  permissions: [],
  replies: replyWith(200, operationSchemas),
  handle: async function getOperation({ service, callId, parameters, authorize }) {
    const operationId = readGuid(parameters.operationId ?? '', 'operationId')
    // Unlike the call itself, its operations can still be read after it has ended, so this does not use readCall.
    const { record } = await service.calls.read(callId)
    if (!record) throw callNotFound()
    authorize(record.call)
    const operation = await service.calls.readOperation(callId, operationId)
    if (!operation) throw notFound('Operation not found.')
    return dialects[record.dialect].replyToGetOperation(record.call, operation)
  },
})

import { callNotFound } from '../../shared/calls/errors.js'
import { dialects } from '../../shared/graph/dialects/dialect.js'
import { notFound } from '../../shared/graph/errors.js'
import { graphFunction } from '../../shared/graphFunction.js'
import { readGuid } from '../../shared/handleRequest.js'

graphFunction({
  name: 'operation-get',
  method: 'GET',
  path: 'calls/{callId}/operations/{operationId}',
  permissions: [],
  async handle({ service, callId, parameters, authorize }) {
    const operationId = readGuid(parameters.operationId ?? '', 'operationId')
    // Unlike the call itself, its operations can still be read after it has ended.
    const { record } = await service.calls.read(callId)
    if (!record) throw callNotFound()
    authorize(record.call)
    const operation = await service.calls.readOperation(callId, operationId)
    if (!operation) throw notFound('Operation not found.')
    return { status: 200, body: dialects[record.dialect].operation(record.call, operation) }
  },
})

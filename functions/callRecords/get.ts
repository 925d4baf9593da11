import { READ_CALL_RECORDS } from '../../shared/auth/permissions.js'
import { readCallRecord } from '../../shared/engine/callRecords.js'
import { expandQuery, readExpansion, renderRecord } from '../../shared/graph/callRecords.js'
import { notFound } from '../../shared/graph/errors.js'
import { readGuid } from '../../shared/graph/ids.js'
import { callRecordReply } from '../../shared/graph/replies/callRecord.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-record-get',
  summary: 'Reads the record of a call that has ended',
  area: 'communications',
  method: 'GET',
  path: 'callRecords/{callRecordId}',
  permissions: [READ_CALL_RECORDS],
  query: expandQuery,
  replies: { 200: callRecordReply },
  handle: async function getCallRecord({ service, caller, parameters, query }) {
    const id = readGuid(parameters.callRecordId ?? '', 'callRecordId')
    const expansion = readExpansion(query)
    const found = await readCallRecord(service, caller, id)
    if (!found) throw notFound('Call record not found. A call has a record once it has ended, until it is removed.')
    return {
      status: 200,
      context: `communications/callRecords${expansion.context}/$entity`,
      body: renderRecord(found.ended, found.attendance, expansion),
    }
  },
})

import { READ_CALL_RECORDS } from '../../shared/auth/permissions.js'
import { listEndedCalls } from '../../shared/engine/callRecords.js'
import { renderListedRecord } from '../../shared/graph/callRecords.js'
import { renderPage } from '../../shared/graph/paging.js'
import { callRecordListReply } from '../../shared/graph/replies/callRecord.js'
import { callRecordsQuery, readCallRecordsQuery } from '../../shared/graph/requests/listQueries.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-record-list',
  summary: 'Lists the records of calls that have ended',
  area: 'communications',
  method: 'GET',
  path: 'callRecords',
  permissions: [READ_CALL_RECORDS],
  query: callRecordsQuery,
  replies: { 200: callRecordListReply },
  handle: async function listCallRecords({ service, caller, query, baseUrl, parameters }) {
    const { range, after } = readCallRecordsQuery(query)
    const { ended, next } = await listEndedCalls(service, caller, range, after)
    const url = `${baseUrl}/${parameters.version}/communications/callRecords`
    return {
      status: 200,
      context: 'communications/callRecords',
      body: renderPage(ended.map(renderListedRecord), next, query, url),
    }
  },
})

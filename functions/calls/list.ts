import { INSPECT } from '../../shared/auth/permissions.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { renderPage } from '../../shared/graph/paging.js'
import { callListReply } from '../../shared/graph/replies/call.js'
import { callsQuery, readCallsQuery } from '../../shared/graph/requests/listQueries.js'
import { selectProperties } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'
import { listNewestCalls } from '../../shared/inspector/newestCalls.js'

/** Each call is one read of the storage. */
const CALLS_PER_PAGE = 50
/** The list is one of several partitions, so only the key of the row says where the next page begins. */
const EVERY_APPLICATION = 'application:'

registerGraphEndpoint({
  name: 'call-list',
  summary: 'Lists the calls of all applications, for operators; only below `/communications`',
  area: 'communications',
  method: 'GET',
  path: 'calls',
  permissions: [INSPECT],
  query: callsQuery,
  replies: { 200: callListReply },
  handle: async function listCalls({ service, query, baseUrl, parameters }) {
    const { selection, after } = readCallsQuery(query)
    const { callIds, next } = await listNewestCalls(service, after?.rowKey, CALLS_PER_PAGE)
    const read = await Promise.all(callIds.map((callId) => service.calls.read(callId)))
    // One list has one shape, whatever dialect each call speaks with its bot.
    const calls = read.flatMap(({ record }) => (record ? dialects.communications.replyToGetCall(record.call).body : []))
    const position = next === undefined ? undefined : { partitionKey: EVERY_APPLICATION, rowKey: next }
    const body = renderPage(calls, position, query, `${baseUrl}/${parameters.version}/communications/calls`)
    return selectProperties({ status: 200, context: 'communications/calls', body }, selection)
  },
})

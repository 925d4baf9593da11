import { openApiReply } from '../../shared/graph/replies/operator.js'
import { registerEndpoint, registeredEndpoints } from '../../shared/http/registerEndpoint.js'
import { serveDocument } from '../../shared/openapi/servedDocument.js'

registerEndpoint({
  name: 'openapi-get',
  summary: 'Reads this document',
  method: 'GET',
  path: 'openapi.json',
  permissions: 'open',
  replies: { 200: openApiReply, 304: null },
  handle: async function getOpenApiDocument({ service, ifNoneMatch }) {
    const { etag, document } = serveDocument(registeredEndpoints(), service.settings)
    const headers = { ETag: etag, 'Cache-Control': 'no-cache' }
    return ifNoneMatch === etag ? { status: 304, headers } : { status: 200, headers, body: document }
  },
})

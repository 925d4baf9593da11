import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { replyWithDocsStyle } from '../../shared/openapi/docsPage.js'

registerEndpoint({
  name: 'docs-style-get',
  method: 'GET',
  path: 'docs/style.css',
  permissions: 'open',
  handle: async function getDocsStyle(context) {
    return replyWithDocsStyle(context)
  },
})

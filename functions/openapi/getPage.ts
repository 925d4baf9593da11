import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { replyWithDocsPage } from '../../shared/openapi/docsPage.js'

registerEndpoint({
  name: 'docs-page-get',
  method: 'GET',
  path: 'docs',
  permissions: 'open',
  handle: async function getDocsPage(context) {
    return replyWithDocsPage(context)
  },
})

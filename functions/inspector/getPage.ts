import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { replyWithPageFile } from '../../shared/inspector/pageFiles.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-page-get',
  method: 'GET',
  path: 'inspector',
  permissions: 'open',
  isEnabled: isInspectorEnabled,
  handle: async function getInspectorPage() {
    return replyWithPageFile('index.html')
  },
})

import { notFound } from '../../shared/graph/errors.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { PAGE_HEADERS, readPageFile } from '../../shared/inspector/pageFiles.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-page-get',
  method: 'GET',
  path: 'inspector',
  permissions: 'open',
  isEnabled: isInspectorEnabled,
  handle: async function getInspectorPage() {
    const file = await readPageFile('index.html')
    if (!file) throw notFound('The inspector is not built. Run npm run build.')
    return { status: 200, file, headers: PAGE_HEADERS }
  },
})

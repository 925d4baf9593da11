import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { replyWithPageFile } from '../../shared/inspector/pageFiles.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-asset-get',
  method: 'GET',
  path: 'inspector/assets/{file:app.js|app.css}',
  permissions: 'open',
  isEnabled: isInspectorEnabled,
  handle: async function getInspectorAsset({ parameters }) {
    return replyWithPageFile(parameters.file)
  },
})

import { notFound } from '../../shared/graph/errors.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { ASSET_NAMES, PAGE_HEADERS, readPageFile } from '../../shared/inspector/pageFiles.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-asset-get',
  method: 'GET',
  path: `inspector/assets/{file:${ASSET_NAMES.join('|')}}`,
  permissions: 'open',
  isEnabled: isInspectorEnabled,
  handle: async function getInspectorAsset({ parameters }) {
    const name = ASSET_NAMES.find((candidate) => candidate === parameters.file?.toLowerCase())
    const file = name && (await readPageFile(name))
    if (!file) throw notFound('The inspector is not built. Run npm run build.')
    return { status: 200, file, headers: PAGE_HEADERS }
  },
})

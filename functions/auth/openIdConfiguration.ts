import { KEY_LIST_CACHE_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { buildTenantMetadata } from '../../shared/auth/tenantMetadata.js'
import { issuerReply } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'openid-configuration',
  summary: 'Describes the local issuer',
  method: 'GET',
  path: '{tenantId}/v2.0/.well-known/openid-configuration',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  replies: { 200: issuerReply },
  handle: async function getOpenIdConfiguration({ parameters, baseUrl }) {
    const body = buildTenantMetadata(baseUrl, parameters.tenantId ?? '', 'oauth2/v2.0')
    return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body }
  },
})

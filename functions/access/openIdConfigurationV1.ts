import { LIST_CACHED_SECONDS } from '../../shared/access/keyRotation.js'
import { tenantMetadata } from '../../shared/access/tenantMetadata.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'openid-configuration-v1',
  method: 'GET',
  path: '{tenantId}/.well-known/openid-configuration',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  async handle({ parameters, baseUrl }) {
    const body = tenantMetadata(baseUrl, parameters.tenantId ?? '', 'oauth2')
    return { status: 200, cacheSeconds: LIST_CACHED_SECONDS, body }
  },
})

import { LIST_CACHED_SECONDS } from '../../shared/access/keyRotation.js'
import { ALGORITHM } from '../../shared/access/signingKey.js'
import { httpFunction } from '../../shared/graphFunction.js'

// The path of the real service, so that a bot that checks the tokens of its notifications changes the host only.
httpFunction({
  name: 'notification-metadata',
  method: 'GET',
  path: 'v1/.well-known/OpenIdConfiguration',
  permissions: 'open',
  async handle({ service, baseUrl }) {
    const body = {
      issuer: service.settings.NOTIFICATION_ISSUER,
      jwks_uri: `${baseUrl}/v1/keys`,
      id_token_signing_alg_values_supported: [ALGORITHM],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    }
    return { status: 200, cacheSeconds: LIST_CACHED_SECONDS, body }
  },
})

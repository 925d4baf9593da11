import { KEY_LIST_CACHE_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { ALGORITHM } from '../../shared/auth/keys/signingKey.js'
import { issuerReply } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

// The path is that of the real service, so a bot that validates the tokens on notifications only changes the host. SDKs
// for bots write the name of the document with and without dashes.
registerEndpoint({
  name: 'notification-metadata',
  summary: 'Describes the issuer of the tokens on notifications, under two names',
  method: 'GET',
  path: 'v1/.well-known/{document:OpenIdConfiguration|openid-configuration}',
  permissions: 'open',
  replies: { 200: issuerReply },
  handle: async function getNotificationMetadata({ service, baseUrl }) {
    const body = {
      issuer: service.settings.NOTIFICATION_ISSUER,
      jwks_uri: `${baseUrl}/v1/keys`,
      id_token_signing_alg_values_supported: [ALGORITHM],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    }
    return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body }
  },
})

import { localIssuer, tenantOf } from '../../shared/access/accessTokens.js'
import { ALGORITHM } from '../../shared/access/signingKey.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'openid-configuration',
  method: 'GET',
  path: '{tenantId}/v2.0/.well-known/openid-configuration',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  async handle({ parameters, baseUrl }) {
    const { tenantId = '' } = parameters
    const tenant = `${baseUrl}/${tenantId}`
    return {
      status: 200,
      body: {
        issuer: localIssuer(tenantOf(tenantId)),
        authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
        token_endpoint: `${tenant}/oauth2/v2.0/token`,
        jwks_uri: `${tenant}/discovery/v2.0/keys`,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        grant_types_supported: ['client_credentials'],
        response_types_supported: ['token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [ALGORITHM],
      },
    }
  },
})

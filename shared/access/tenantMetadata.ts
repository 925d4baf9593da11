import { localIssuer, tenantOf } from './accessTokens.js'
import { ALGORITHM } from './signingKey.js'

/**
 * What the local issuer says of itself to whoever asks for a tenant (OpenID Connect Discovery, 3).
 *
 * @param endpoints where tokens are asked for, below the tenant: both generations of them give the same tokens
 */
export function tenantMetadata(baseUrl: string, tenant: string, endpoints: 'oauth2' | 'oauth2/v2.0') {
  const address = `${baseUrl}/${tenant}`
  return {
    issuer: localIssuer(baseUrl, tenantOf(tenant)),
    authorization_endpoint: `${address}/${endpoints}/authorize`,
    token_endpoint: `${address}/${endpoints}/token`,
    jwks_uri: `${address}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    grant_types_supported: ['client_credentials'],
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  }
}

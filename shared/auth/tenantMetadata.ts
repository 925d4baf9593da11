import { localIssuerUrl, resolveTenantId } from './accessTokens.js'
import { ALGORITHM } from './keys/signingKey.js'
import { GRANT_TYPES } from './tokenRequest.js'

/**
 * Builds the metadata of the local issuer for a tenant (OpenID Connect Discovery, 3).
 *
 * @param endpoints the path of the token endpoint below the tenant; both versions issue the same tokens
 */
export function buildTenantMetadata(baseUrl: string, tenant: string, endpoints: 'oauth2' | 'oauth2/v2.0') {
  const tenantUrl = `${baseUrl}/${tenant}`
  return {
    issuer: localIssuerUrl(baseUrl, resolveTenantId(tenant)),
    authorization_endpoint: `${tenantUrl}/${endpoints}/authorize`,
    token_endpoint: `${tenantUrl}/${endpoints}/token`,
    jwks_uri: `${tenantUrl}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    grant_types_supported: GRANT_TYPES,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  }
}

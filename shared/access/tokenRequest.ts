import { parseGuid } from '../graph/ids.js'
import { type AccessTokenRequest, tenantOf } from './accessTokens.js'

/** An error in the words of OAuth (RFC 6749, 5.2), which are not Graph's. */
export interface OAuthError {
  readonly error: string
  readonly error_description: string
}

/**
 * Reads the form of a token request. Any GUID is a client, any secret and any scope or resource will do.
 *
 * @param tenant the first part of the path: a GUID, a domain, or a word such as `common`
 */
export function readTokenRequest(form: string, tenant: string, baseUrl: string): AccessTokenRequest | OAuthError {
  const fields = readForm(form)
  if (fields.get('grant_type') !== 'client_credentials') {
    return { error: 'unsupported_grant_type', error_description: 'grant_type: must be client_credentials.' }
  }
  const applicationId = parseGuid(fields.get('client_id') ?? '')
  if (!applicationId) return { error: 'invalid_client', error_description: 'client_id: must be a GUID.' }
  const roles = fields.get('roles')?.split(/\s+/).filter(Boolean)
  return { baseUrl, applicationId, tenantId: tenantOf(tenant), roles, resource: fields.get('resource') }
}

/** Some clients pad names and values with whitespace and line ends. */
function readForm(text: string): Map<string, string> {
  return new Map([...new URLSearchParams(text)].map(([name, value]) => [name.trim(), value.trim()]))
}

import { parseGuid } from '../graph/ids.js'
import type { AccessTokenRequest } from './accessTokens.js'

/** The error body of OAuth (RFC 6749, 5.2), which differs from the error body of Graph. */
export interface OAuthError {
  readonly error: string
  readonly error_description: string
}

/** A request to a token endpoint. */
interface TokenRequest {
  readonly form: string
  readonly authorization: string
  /** The first segment of the path: a GUID, a domain, or a word such as `common`. */
  readonly tenant: string
  readonly baseUrl: string
}

/** Reads a token request. Any GUID is accepted as a client, and any secret, scope and resource. */
export function readTokenRequest(request: TokenRequest): AccessTokenRequest | OAuthError {
  const fields = readForm(request.form)
  if (fields.get('grant_type') !== 'client_credentials') {
    return { error: 'unsupported_grant_type', error_description: 'grant_type: must be client_credentials.' }
  }
  const applicationId = parseGuid(fields.get('client_id') ?? readBasicUser(request.authorization))
  if (!applicationId) return { error: 'invalid_client', error_description: 'client_id: must be a GUID.' }
  const roles = fields.get('roles')?.split(/\s+/).filter(Boolean)
  const { baseUrl, tenant } = request
  return { baseUrl, applicationId, tenant, roles, resource: fields.get('resource') }
}

/** Some clients pad names and values with whitespace and line breaks. */
function readForm(text: string): Map<string, string> {
  return new Map([...new URLSearchParams(text)].map(([name, value]) => [name.trim(), value.trim()]))
}

/** OAuth libraries that are not from Microsoft send the client id in the header (RFC 6749, 2.3.1). */
function readBasicUser(authorization: string): string {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  const [user = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  return user
}

import { parseGuid } from '../graph/ids.js'
import type { AccessTokenRequest } from './accessTokens.js'

/** An error in the words of OAuth (RFC 6749, 5.2), which are not Graph's. */
export interface OAuthError {
  readonly error: string
  readonly error_description: string
}

/** What comes to a token endpoint. */
interface TokenRequest {
  readonly form: string
  readonly authorization: string
  /** The first part of the path: a GUID, a domain, or a word such as `common`. */
  readonly tenant: string
  readonly baseUrl: string
}

/** Reads a token request. Any GUID is a client, any secret and any scope or resource will do. */
export function readTokenRequest(request: TokenRequest): AccessTokenRequest | OAuthError {
  const fields = readForm(request.form)
  if (fields.get('grant_type') !== 'client_credentials') {
    return { error: 'unsupported_grant_type', error_description: 'grant_type: must be client_credentials.' }
  }
  const applicationId = parseGuid(fields.get('client_id') ?? basicUser(request.authorization))
  if (!applicationId) return { error: 'invalid_client', error_description: 'client_id: must be a GUID.' }
  const roles = fields.get('roles')?.split(/\s+/).filter(Boolean)
  const { baseUrl, tenant } = request
  return { baseUrl, applicationId, tenant, roles, resource: fields.get('resource') }
}

/** Some clients pad names and values with whitespace and line ends. */
function readForm(text: string): Map<string, string> {
  return new Map([...new URLSearchParams(text)].map(([name, value]) => [name.trim(), value.trim()]))
}

/** OAuth libraries that are not Microsoft's name the client in the header (RFC 6749, 2.3.1). */
function basicUser(authorization: string): string {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(authorization) ?? []
  const [user = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  return user
}

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

/** The grant types, each with the form field that it requires. All but the first give a delegated token for a user. */
const PROOF_OF_GRANT: Readonly<Record<string, string | undefined>> = {
  client_credentials: undefined,
  authorization_code: 'code',
  password: 'username',
  refresh_token: 'refresh_token',
}
export const GRANT_TYPES = Object.keys(PROOF_OF_GRANT)
/** Scopes about the sign-in itself, which are not permissions (OpenID Connect Core, 5.4). */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'offline_access']

/** Reads a token request. Any GUID is a client; secrets, codes, passwords, scopes and resources are not checked. */
export function readTokenRequest(request: TokenRequest): AccessTokenRequest | OAuthError {
  const fields = readForm(request.form)
  const grantType = fields.get('grant_type') ?? ''
  if (!Object.hasOwn(PROOF_OF_GRANT, grantType)) {
    const error_description = `grant_type: must be one of ${GRANT_TYPES.join(', ')}.`
    return { error: 'unsupported_grant_type', error_description }
  }
  const proof = PROOF_OF_GRANT[grantType]
  if (proof && !fields.get(proof)) {
    return { error: 'invalid_request', error_description: `${proof}: is required for grant_type ${grantType}.` }
  }
  const applicationId = parseGuid(fields.get('client_id') ?? readBasicUser(request.authorization))
  if (!applicationId) return { error: 'invalid_client', error_description: 'client_id: must be a GUID.' }
  const roles = fields.get('roles')?.split(/\s+/).filter(Boolean)
  const { baseUrl, tenant } = request
  const user = proof && { name: fields.get('username') ?? 'user', scopes: readScopes(fields.get('scope') ?? '') }
  return { baseUrl, applicationId, tenant, roles, resource: fields.get('resource'), ...(user && { user }) }
}

/** Returns the permissions in a scope: `https://graph.microsoft.com/User.Read offline_access` becomes `User.Read`. */
function readScopes(scope: string): string {
  const names = scope.split(/\s+/).flatMap((text) => text.split('/').at(-1) || [])
  return names.filter((name) => !OPENID_SCOPES.includes(name) && name !== '.default').join(' ') || 'User.Read'
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

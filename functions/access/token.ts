import { ACCESS_TOKEN_SECONDS, tenantOf } from '../../shared/access/accessTokens.js'
import { parseGuid } from '../../shared/graph/ids.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction<string>({
  name: 'token-create',
  method: 'POST',
  path: '{tenantId}/oauth2/v2.0/token',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  rawBody: true,
  async handle({ service, parameters, body }) {
    const form = readForm(body)
    if (form.get('grant_type') !== 'client_credentials') {
      return oauthError('unsupported_grant_type', 'grant_type: must be client_credentials.')
    }
    const applicationId = parseGuid(form.get('client_id') ?? '')
    if (!applicationId) return oauthError('invalid_client', 'client_id: must be a GUID.')
    const roles = form.get('roles')?.split(/\s+/).filter(Boolean)
    const tenantId = tenantOf(parameters.tenantId ?? '')
    const token = await service.accessTokens.issue({ applicationId, tenantId, roles })
    return { status: 200, body: { token_type: 'Bearer', expires_in: ACCESS_TOKEN_SECONDS, access_token: token } }
  },
})

/** Some clients pad names and values with whitespace and line ends. */
function readForm(text: string): Map<string, string> {
  return new Map([...new URLSearchParams(text)].map(([name, value]) => [name.trim(), value.trim()]))
}

/** RFC 6749, 5.2: errors of this endpoint are not Graph's. */
const oauthError = (error: string, description: string) => ({
  status: 400,
  body: { error, error_description: description },
})

import { TOKEN_LIFETIME_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { readTokenRequest } from '../../shared/auth/tokenRequest.js'
import { tokenForm, tokenReplies } from '../../shared/graph/replies/tokens.js'
import { registerTextEndpoint } from '../../shared/http/registerEndpoint.js'

registerTextEndpoint({
  name: 'token-create',
  summary: 'Issues an access token',
  method: 'POST',
  path: '{tenantId}/oauth2/v2.0/token',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  example: {
    grant_type: 'client_credentials',
    client_id: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
    client_secret: 'any',
    scope: 'https://graph.microsoft.com/.default',
  },
  contentTypes: { 'application/x-www-form-urlencoded': tokenForm },
  replies: tokenReplies,
  handle: async function createToken({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const tokens = await service.accessTokens.issue(request)
    return { status: 200, body: { token_type: 'Bearer', expires_in: TOKEN_LIFETIME_SECONDS, ...tokens } }
  },
})

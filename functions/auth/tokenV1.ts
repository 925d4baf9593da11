import { AUDIENCE } from '../../shared/auth/accessTokens.js'
import { TOKEN_LIFETIME_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { readTokenRequest } from '../../shared/auth/tokenRequest.js'
import { tokenForm, tokenV1Replies } from '../../shared/graph/replies/tokens.js'
import { registerTextEndpoint } from '../../shared/http/registerEndpoint.js'

// The token endpoint of version 1, which takes a resource instead of scopes and returns every number as a string.
registerTextEndpoint({
  name: 'token-create-v1',
  summary: 'Issues an access token, as version 1 does',
  method: 'POST',
  path: '{tenantId}/oauth2/token',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  example: {
    grant_type: 'client_credentials',
    client_id: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
    client_secret: 'any',
    resource: 'https://graph.microsoft.com',
  },
  contentTypes: { 'application/x-www-form-urlencoded': tokenForm },
  replies: tokenV1Replies,
  handle: async function createTokenV1({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const now = Math.floor(service.tokenTime() / 1000)
    const tokens = await service.accessTokens.issue(request)
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: String(TOKEN_LIFETIME_SECONDS),
        expires_on: String(now + TOKEN_LIFETIME_SECONDS),
        not_before: String(now),
        resource: request.resource ?? AUDIENCE,
        ...tokens,
      },
    }
  },
})

import { AUDIENCE } from '../../shared/auth/accessTokens.js'
import { TOKEN_LIFETIME_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { readTokenRequest } from '../../shared/auth/tokenRequest.js'
import { registerTextEndpoint } from '../../shared/http/registerEndpoint.js'

// The token endpoint of version 1, which takes a resource instead of scopes and returns every number as a string.
registerTextEndpoint({
  name: 'token-create-v1',
  method: 'POST',
  path: '{tenantId}/oauth2/token',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  handle: async function createTokenV1({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const now = Math.floor(service.clock.now() / 1000)
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

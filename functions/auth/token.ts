import { TOKEN_LIFETIME_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { readTokenRequest } from '../../shared/auth/tokenRequest.js'
import { registerTextEndpoint } from '../../shared/http/registerEndpoint.js'

registerTextEndpoint({
  name: 'token-create',
  method: 'POST',
  path: '{tenantId}/oauth2/v2.0/token',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  handle: async function createToken({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const tokens = await service.accessTokens.issue(request)
    return { status: 200, body: { token_type: 'Bearer', expires_in: TOKEN_LIFETIME_SECONDS, ...tokens } }
  },
})

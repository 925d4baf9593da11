import { ACCESS_TOKEN_SECONDS, AUDIENCE } from '../../shared/access/accessTokens.js'
import { readTokenRequest } from '../../shared/access/tokenRequest.js'
import { httpFunction } from '../../shared/graphFunction.js'

// The older endpoint, which names a resource instead of scopes, and writes all numbers as texts.
httpFunction<string>({
  name: 'token-create-v1',
  method: 'POST',
  path: '{tenantId}/oauth2/token',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  rawBody: true,
  async handle({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const now = Math.floor(service.clock.now() / 1000)
    const token = await service.accessTokens.issue(request)
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: String(ACCESS_TOKEN_SECONDS),
        expires_on: String(now + ACCESS_TOKEN_SECONDS),
        not_before: String(now),
        resource: request.resource ?? AUDIENCE,
        access_token: token,
      },
    }
  },
})

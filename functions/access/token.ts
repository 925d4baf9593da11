import { ACCESS_TOKEN_SECONDS } from '../../shared/access/accessTokens.js'
import { readTokenRequest } from '../../shared/access/tokenRequest.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction<string>({
  name: 'token-create',
  method: 'POST',
  path: '{tenantId}/oauth2/v2.0/token',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  rawBody: true,
  async handle({ service, parameters, body, authorization, baseUrl }) {
    const request = readTokenRequest({ form: body, authorization, tenant: parameters.tenantId ?? '', baseUrl })
    if ('error' in request) return { status: 400, body: request }
    const token = await service.accessTokens.issue(request)
    return { status: 200, body: { token_type: 'Bearer', expires_in: ACCESS_TOKEN_SECONDS, access_token: token } }
  },
})

import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'token-keys',
  method: 'GET',
  path: '{tenantId}/discovery/v2.0/keys',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  async handle({ service }) {
    const { publicJwk } = await service.signingKey('access')
    return { status: 200, body: { keys: [publicJwk] } }
  },
})

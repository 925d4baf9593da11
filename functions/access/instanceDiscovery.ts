import { httpFunction } from '../../shared/graphFunction.js'

// Libraries ask here whether they may trust an authority that they don't know, before they ask it for a token.
httpFunction({
  name: 'instance-discovery',
  method: 'GET',
  path: 'common/discovery/instance',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  async handle({ baseUrl, query }) {
    const endpoint = query.get('authorization_endpoint') ?? ''
    if (!URL.canParse(endpoint)) {
      const error_description = 'authorization_endpoint: must be the address of an authority.'
      return { status: 400, body: { error: 'invalid_request', error_description } }
    }
    const { host, pathname } = new URL(endpoint)
    const [, tenant = 'common'] = pathname.split('/')
    return {
      status: 200,
      body: {
        tenant_discovery_endpoint: `${baseUrl}/${tenant}/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      },
    }
  },
})

import { discoveryQuery, discoveryReplies } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

// Before client libraries request a token from an authority that they do not know, they validate it here.
registerEndpoint({
  name: 'instance-discovery',
  summary: 'Confirms an authority to client libraries',
  method: 'GET',
  path: 'common/discovery/instance',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  query: discoveryQuery,
  replies: discoveryReplies,
  handle: async function discoverInstance({ baseUrl, query }) {
    const endpoint = query.get('authorization_endpoint') ?? ''
    if (!URL.canParse(endpoint)) {
      const error_description = 'authorization_endpoint: must be the URL of an authority.'
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

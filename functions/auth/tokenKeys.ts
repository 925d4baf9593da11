import { KEY_LIST_CACHE_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { keysReply } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'token-keys',
  summary: 'Lists the public keys of the local issuer',
  method: 'GET',
  path: '{tenantId}/discovery/v2.0/keys',
  permissions: 'open',
  isEnabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  replies: { 200: keysReply },
  handle: async function listTokenKeys({ service }) {
    const keys = await service.keys.access.getPublicKeys(service.clock.now())
    return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body: { keys } }
  },
})

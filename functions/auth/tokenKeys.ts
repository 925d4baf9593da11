import { replyWithKeys } from '../../shared/auth/keys/replyWithKeys.js'
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
    return replyWithKeys(service.keys.access, service.tokenTime())
  },
})

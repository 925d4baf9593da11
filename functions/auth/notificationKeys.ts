import { replyWithKeys } from '../../shared/auth/keys/replyWithKeys.js'
import { keysReply } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'notification-keys',
  summary: 'Lists the public keys for the tokens on notifications',
  method: 'GET',
  path: 'v1/keys',
  permissions: 'open',
  replies: { 200: keysReply },
  handle: async function listNotificationKeys({ service }) {
    return replyWithKeys(service.keys.notifications, service.tokenTime())
  },
})

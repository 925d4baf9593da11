import { KEY_LIST_CACHE_SECONDS } from '../../shared/auth/keys/keyRotation.js'
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
    const keys = await service.keys.notifications.getPublicKeys(service.clock.now())
    return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body: { keys } }
  },
})

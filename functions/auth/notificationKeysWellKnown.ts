import { KEY_LIST_CACHE_SECONDS } from '../../shared/auth/keys/keyRotation.js'
import { keysReply } from '../../shared/graph/replies/tokens.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

// The same keys where login.botframework.com has them: the Agents SDK requests this path without reading the metadata.
registerEndpoint({
  name: 'notification-keys-well-known',
  summary: 'The same, where the Agents SDK looks for them',
  method: 'GET',
  path: 'v1/.well-known/keys',
  permissions: 'open',
  replies: { 200: keysReply },
  handle: async function listNotificationKeys({ service }) {
    const keys = await service.keys.notifications.getPublicKeys(service.clock.now())
    return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body: { keys } }
  },
})

import { replyWithKeys } from '../../shared/auth/keys/replyWithKeys.js'
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
    return replyWithKeys(service.keys.notifications, service.tokenTime())
  },
})

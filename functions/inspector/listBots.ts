import { INSPECT } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { redactText } from '../../shared/inspection/redact.js'
import type { BotList } from '../../shared/inspection/views.js'
import { hasFaults, isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-bot-list',
  method: 'GET',
  path: 'inspector/bots',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function listBots({ service }) {
    const bots = (await service.bots.list()).map((bot) => {
      const { applicationId, displayName, tenantId, callingWebhook, dialect } = bot
      return { applicationId, displayName, tenantId, dialect, callingWebhook: redactText(callingWebhook) }
    })
    return { status: 200, body: { bots, hasFaults: hasFaults(service.settings) } satisfies BotList }
  },
})

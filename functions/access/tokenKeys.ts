import { LIST_CACHED_SECONDS } from '../../shared/access/keyRotation.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'token-keys',
  method: 'GET',
  path: '{tenantId}/discovery/v2.0/keys',
  permissions: 'open',
  enabled: ({ RINGBACK_LOCAL }) => RINGBACK_LOCAL,
  async handle({ service }) {
    const keys = await service.keys.access.published(service.clock.now())
    return { status: 200, cacheSeconds: LIST_CACHED_SECONDS, body: { keys } }
  },
})

import { LIST_CACHED_SECONDS } from '../../shared/access/keyRotation.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'notification-keys',
  method: 'GET',
  path: 'v1/keys',
  permissions: 'open',
  async handle({ service }) {
    const keys = await service.keys.notifications.published(service.clock.now())
    return { status: 200, cacheSeconds: LIST_CACHED_SECONDS, body: { keys } }
  },
})

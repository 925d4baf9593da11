import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'notification-keys',
  method: 'GET',
  path: 'v1/keys',
  permissions: 'open',
  async handle({ service }) {
    const { publicJwk } = await service.signingKey('notifications')
    return { status: 200, body: { keys: [publicJwk] } }
  },
})

import { httpFunction } from '../shared/graphFunction.js'

httpFunction({
  name: 'health',
  method: 'GET',
  path: 'health',
  permissions: 'open',
  async handle({ service }) {
    // A look at a call that is not there: whether the storage answers is all there is to know.
    await service.calls.read('health')
    return { status: 200, body: { status: 'healthy' } }
  },
})

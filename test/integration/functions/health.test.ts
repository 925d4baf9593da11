import { expect, inject, test } from 'vitest'
import { send } from '../../support/testBot.js'

test('GET /health reports, without a token, that the service and its storage respond', async () => {
  expect(await send(inject('baseUrl'), 'GET', '/health')).toMatchObject({
    status: 200,
    body: { status: 'healthy' },
  })
})

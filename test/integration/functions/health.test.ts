import { expect, inject, test } from 'vitest'
import { send } from '../../support/bot.js'

test('GET /health says without a token that the service and its storage answer', async () => {
  expect(await send(inject('baseUrl'), undefined, 'GET', '/health')).toMatchObject({
    status: 200,
    body: { status: 'healthy' },
  })
})

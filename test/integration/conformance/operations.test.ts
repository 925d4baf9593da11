import { expect, inject, test } from 'vitest'
import { startCheckedBot } from '../../support/checkedBot.js'
import { documentedKeys, documentedOperations } from '../../support/documentedOperations.js'
import { dialects } from '../../support/scenarios.js'
import { perform } from './plays.js'

// Each documented operation once in each dialect: the status, the Location, the properties of the body, and exactly the
// notifications that are documented. Each request, reply and notification is one of the OpenAPI document.

const cases = documentedOperations.flatMap((operation) =>
  dialects.map((dialect) => ({
    title: `${dialect.dialect}: ${operation.method} calls${operation.path}`,
    operation,
    dialect,
  })),
)

test.concurrent.each(cases)('$title', async ({ operation, dialect }) => {
  const bot = await startCheckedBot(inject('baseUrl'))
  const { reply, flow, end } = await perform(operation, dialect, bot).finally(() => bot.close())
  bot.checkNotifications()
  const { dialect: name } = dialect
  const kind = operation.body[name]
  expect({ status: reply.status, hasLocation: reply.headers.has('location') }, reply.text).toEqual({
    status: operation.status[name],
    hasLocation: operation.hasLocation,
  })
  if (kind === 'none') expect(reply.text).toBe('')
  else expect(Object.keys(reply.body)).toEqual(expect.arrayContaining([...documentedKeys[kind][name]]))
  if (kind === 'running' || kind === 'completed') expect(reply.body.status).toBe(kind)
  expect(flow).toEqual([...operation.notifications[name], ...end])
})

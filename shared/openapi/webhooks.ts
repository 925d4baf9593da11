import { DIALECT_NAMES, type DialectName } from '../calls/resources.js'
import { notificationSchemas } from '../graph/replies/notification.js'
import { notificationExamples } from './examples.js'
import type { SchemaConverter } from './schemas.js'

const NAMES: Readonly<Record<DialectName, string>> = { app: 'appNotification', communications: 'notification' }
const SUMMARIES: Readonly<Record<DialectName, string>> = {
  app: 'A change of a call, in the 2019 API',
  communications: 'A change of a call, in the current API',
}
const DESCRIPTION =
  'The service POSTs it to the callback of the call: one change, in order, with a token. A reply other than 2xx is ' +
  'an attempt that failed, and the notification is sent again.'

/** The notifications, which the service POSTs to the callback of a bot: one webhook for each dialect. */
export function describeWebhooks(schemas: SchemaConverter): Record<string, unknown> {
  const webhooks = DIALECT_NAMES.toReversed().map((dialect) => {
    const content = {
      schema: schemas.convert(notificationSchemas[dialect]),
      examples: Object.fromEntries(notificationExamples(dialect).map(({ name, value }) => [name, { value }])),
    }
    const post = {
      operationId: NAMES[dialect],
      summary: SUMMARIES[dialect],
      description: DESCRIPTION,
      tags: ['Calls'],
      security: [{ notification: [] }],
      requestBody: { required: true, content: { 'application/json': content } },
      responses: { '2XX': { description: 'The notification is acknowledged.' } },
    }
    return [NAMES[dialect], { post }] as const
  })
  return Object.fromEntries(webhooks)
}

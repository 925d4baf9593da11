import * as z from 'zod'
import { callChange } from './call.js'
import { operationChange } from './operation.js'
import { rosterChange } from './participant.js'
import { sessionChange } from './resources.js'
import { typed } from './types.js'

// What the service POSTs to the callback of a bot.

const changeType = z.enum(['created', 'updated', 'deleted'])
const exactlyOne = <T extends z.ZodType>(schema: T) => z.array(schema).min(1).max(1)

const current = typed('commsNotifications', {
  value: exactlyOne(
    typed('commsNotification', {
      changeType,
      resource: z.string(),
      resourceUrl: z.string(),
      callbackUri: z.string().optional(),
      resourceData: z.union([
        callChange.communications,
        operationChange.communications,
        rosterChange.communications,
        sessionChange,
      ]),
    }),
  ),
})
const app = z
  .object({
    value: exactlyOne(
      z
        .object({
          changeType,
          resource: z.string(),
          resourceData: z.union([callChange.app, operationChange.app, rosterChange.app]),
        })
        .meta({ id: 'appCommsNotification' }),
    ),
  })
  .meta({ id: 'appCommsNotifications' })

/** A notification in both dialects. */
export const notificationSchemas = { app, communications: current }

import * as z from 'zod'
import { anyCase } from './parse.js'
import { guid } from './types.js'

/** PUT /bots/{applicationId} */
export const botBody = z.object({
  displayName: z.string().min(1).max(256),
  tenantId: guid,
  callingWebhook: z.string(),
  dialect: anyCase(['app', 'communications']).default('communications'),
})

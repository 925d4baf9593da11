import * as z from 'zod'
import { DIALECT_NAMES } from '../../calls/resources.js'
import { DEAD_LETTER_ACTIONS } from '../deliveries.js'
import { caseInsensitiveEnum } from './parse.js'
import { guid } from './types.js'

/** The longest displayName of a user in Graph. */
const MAX_DISPLAY_NAME = 256

const MAX_ATTEMPTS_FORM = { error: 'must be a whole number, 0 or more' }

/** PUT /bots/{applicationId} */
export const botBody = z.object({
  displayName: z.string().min(1).max(MAX_DISPLAY_NAME),
  tenantId: guid,
  callingWebhook: z.string(),
  dialect: caseInsensitiveEnum(DIALECT_NAMES).default('communications'),
  maxAttempts: z.int(MAX_ATTEMPTS_FORM).min(0, MAX_ATTEMPTS_FORM).optional(),
  onDeadLetter: caseInsensitiveEnum(DEAD_LETTER_ACTIONS).optional(),
})

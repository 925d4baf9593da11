import * as z from 'zod'
import { DIALECT_NAMES } from '../../calls/resources.js'
import { caseInsensitiveEnum } from './parse.js'
import { guid } from './types.js'

/** POST /inspector/doctor. Without `applicationId`, the tokens have one that is made up. */
export const callbackCheckBody = z.object({
  callingWebhook: z.string(),
  dialect: caseInsensitiveEnum(DIALECT_NAMES).default('communications'),
  applicationId: guid.optional(),
})

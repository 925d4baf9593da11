import * as z from 'zod'
import { REJECT_REASONS } from '../../calls/resources.js'
import { caseInsensitiveEnum, optionalBody } from './parse.js'

/** POST .../reject */
export const rejectBody = optionalBody(
  z.object({
    reason: caseInsensitiveEnum(REJECT_REASONS).default('none'),
    callbackUri: z.string().optional(),
  }),
)

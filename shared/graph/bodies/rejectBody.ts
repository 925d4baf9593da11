import * as z from 'zod'
import { anyCase, optionalBody } from './parse.js'

/** POST .../reject */
export const rejectBody = optionalBody(
  z.object({ reason: anyCase(['none', 'busy', 'forbidden']).default('none'), callbackUri: z.string().optional() }),
)

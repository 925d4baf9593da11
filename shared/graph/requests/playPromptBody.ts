import * as z from 'zod'
import { clientContext, mediaInfo } from './types.js'

/** Graph: call-playprompt. */
const MAX_PROMPTS = 20
/** Graph: loop of a mediaPrompt is an Int32. */
const MAX_LOOP = 2 ** 31 - 1

export const mediaPrompt = z.object({ mediaInfo, loop: z.int().min(0).max(MAX_LOOP).optional() })

/** POST .../playPrompt */
export const playPromptBody = z.object({
  prompts: z.array(mediaPrompt).min(1).max(MAX_PROMPTS),
  // Part of the 2019 API: validated, but without effect.
  loop: z.boolean().optional(),
  clientContext,
})

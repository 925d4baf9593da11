import * as z from 'zod'
import { optionalBody } from './parse.js'
import { mediaPrompt } from './playPromptBody.js'
import { clientContext } from './types.js'

/** POST .../startHoldMusic. The prompt is validated but without effect: no audio is played. */
export const startHoldMusicBody = optionalBody(z.object({ customPrompt: mediaPrompt.optional(), clientContext }))

import * as z from 'zod'
import { renamed } from './parse.js'
import { clientContext, mediaConfig, modalities } from './types.js'

/** POST .../answer. Without callbackUri the notifications go where the call was announced. */
export const answerBody = renamed(
  { callback: 'callbackUri', acceptModalities: 'acceptedModalities' },
  z.object({ callbackUri: z.string().optional(), acceptedModalities: modalities, mediaConfig, clientContext }),
)

import * as z from 'zod'
import { withAliases } from './parse.js'
import { callOptions, clientContext, mediaConfig, modalities } from './types.js'

/** POST .../answer. Without a callbackUri, notifications keep going to the callback that got the incoming call. */
export const answerBody = withAliases(
  { callback: 'callbackUri', acceptModalities: 'acceptedModalities' },
  z.object({
    callbackUri: z.string().optional(),
    acceptedModalities: modalities,
    mediaConfig,
    callOptions,
    clientContext,
  }),
)

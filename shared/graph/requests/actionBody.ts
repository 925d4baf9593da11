import * as z from 'zod'
import { optionalBody } from './parse.js'
import { clientContext } from './types.js'

/** The body of an action without parameters of its own, such as POST .../mute. */
export const actionBody = optionalBody(z.object({ clientContext }))

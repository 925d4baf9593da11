import { z } from 'zod'
import { clientContext, people } from './types.js'

/** Graph: at most this many people can be invited at once. */
const MAX_INVITATIONS = 5

/** POST .../participants/invite */
export const inviteBody = z.object({ participants: people(1, MAX_INVITATIONS), clientContext })

import * as z from 'zod'
import { caseInsensitiveEnum } from './parse.js'
import { participantInfo, TARGET_DISPOSITIONS, text, uniqueParticipants } from './types.js'

/** Graph: call-redirect. */
const MAX_TARGETS = 25
const MIN_TIMEOUT_SECONDS = 15
const MAX_TIMEOUT_SECONDS = 90
/** Graph documents no limit; there are six policies. */
const MAX_ROUTING_POLICIES = 20

/** POST .../redirect */
export const redirectBody = z.object({
  targets: z.array(participantInfo).min(1).max(MAX_TARGETS).check(uniqueParticipants),
  timeout: z.int().min(MIN_TIMEOUT_SECONDS).max(MAX_TIMEOUT_SECONDS).optional(),
  callbackUri: z.string().optional(),
  // Validated but without effect: they change nothing about a simulated person.
  targetDisposition: caseInsensitiveEnum(TARGET_DISPOSITIONS).optional(),
  routingPolicies: z.array(text).max(MAX_ROUTING_POLICIES).optional(),
  maskCallee: z.boolean().optional(),
  maskCaller: z.boolean().optional(),
})

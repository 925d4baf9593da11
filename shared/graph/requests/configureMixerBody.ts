import * as z from 'zod'
import { documentedAs, withAliases } from './parse.js'
import { clientContext, guid, MAX_PARTICIPANTS } from './types.js'

/** Graph: audioDuckingConfiguration. Its levels are Int64 without a documented range. */
const duckingConfiguration = z.object({
  rampActive: z.int().optional(),
  rampInactive: z.int().optional(),
  lowerLevel: z.int().optional(),
  upperLevel: z.int().optional(),
})

/** The pages show an object or a Boolean. Neither has an effect: no audio is mixed. */
const ducking = documentedAs(
  z.union([duckingConfiguration, z.boolean()]),
  z.preprocess((value) => (typeof value === 'boolean' ? {} : value), duckingConfiguration.optional()),
)

/** Graph: audioSourceLevel. */
const sourceLevel = z.object({ participant: guid, level: z.int().optional(), duckOthers: z.boolean().optional() })

/** Graph: participantMixerLevel. The example on the page of the action writes `exclusive`. */
const participantMixerLevel = withAliases(
  { exclusive: 'exclusiveMode' },
  z.object({
    participant: guid,
    exclusiveMode: z.boolean().optional(),
    ducking,
    sourceLevels: z.array(sourceLevel).max(MAX_PARTICIPANTS).default([]),
  }),
)

/** POST .../participants/configureMixer */
export const configureMixerBody = z.object({
  participantMixerLevels: z.array(participantMixerLevel).min(1).max(MAX_PARTICIPANTS),
  clientContext,
})

import * as z from 'zod'
import { findTone, TONES, TONES_BY_KEY } from '../../calls/resources.js'
import { caseInsensitiveEnum, documentedAs } from './parse.js'
import { clientContext } from './types.js'

/** Graph documents no limit; a phone number with an extension has about 30 digits. */
const MAX_TONES = 50
/** Graph documents no limit; no menu waits longer for the next key. */
const MAX_DELAY_BETWEEN_TONES_MS = 10_000

/** A tone by its name or its key, as the example on the page has it (Graph: call-senddtmftones). */
const tone = documentedAs(
  z.enum([...TONES, ...Object.keys(TONES_BY_KEY)]),
  z.preprocess((value) => (typeof value === 'string' && findTone(value)) || value, caseInsensitiveEnum(TONES)),
)

/** POST .../sendDtmfTones */
export const sendDtmfTonesBody = z.object({
  tones: z.array(tone).min(1).max(MAX_TONES),
  delayBetweenTonesMs: z.int().min(0).max(MAX_DELAY_BETWEEN_TONES_MS).optional(),
  clientContext,
})

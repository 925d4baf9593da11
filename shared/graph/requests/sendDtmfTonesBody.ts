import * as z from 'zod'
import { TONES, type Tone } from '../../calls/resources.js'
import { caseInsensitiveEnum, documentedAs } from './parse.js'
import { clientContext } from './types.js'

/** Graph documents no limit; a phone number with an extension has about 30 digits. */
const MAX_TONES = 50
/** Graph documents no limit; no menu waits longer for the next key. */
const MAX_DELAY_BETWEEN_TONES_MS = 10_000

/** The keys as they are printed on a phone, which the example on the page has (Graph: call-senddtmftones). */
const TONES_BY_KEY: Readonly<Record<string, Tone>> = {
  '0': 'tone0',
  '1': 'tone1',
  '2': 'tone2',
  '3': 'tone3',
  '4': 'tone4',
  '5': 'tone5',
  '6': 'tone6',
  '7': 'tone7',
  '8': 'tone8',
  '9': 'tone9',
  '*': 'star',
  '#': 'pound',
}
const toTone = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(TONES_BY_KEY, value) ? TONES_BY_KEY[value] : value
const tone = documentedAs(
  z.enum([...TONES, ...Object.keys(TONES_BY_KEY)]),
  z.preprocess(toTone, caseInsensitiveEnum(TONES)),
)

/** POST .../sendDtmfTones */
export const sendDtmfTonesBody = z.object({
  tones: z.array(tone).min(1).max(MAX_TONES),
  delayBetweenTonesMs: z.int().min(0).max(MAX_DELAY_BETWEEN_TONES_MS).optional(),
  clientContext,
})

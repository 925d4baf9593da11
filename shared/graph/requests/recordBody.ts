import * as z from 'zod'
import type { RecordingSettings, Tone } from '../../calls/resources.js'
import { GraphError } from '../errors.js'
import { optionalBody } from './parse.js'
import { mediaPrompt } from './playPromptBody.js'
import { clientContext } from './types.js'

/** Graph: call-record. */
const MAX_PROMPTS = 1
const MAX_SECONDS = 120
const DEFAULT_SECONDS = 5
/** The example of 2019 has this duration. It is accepted, and treated as today's maximum. */
const MAX_SECONDS_IN_2019 = 1_800
/** More than there are keys. */
const MAX_STOP_TONES = 32
const MAX_FORMAT_LENGTH = 32

const seconds = z.int().min(1).max(MAX_SECONDS).default(DEFAULT_SECONDS)

/** One key. An example of 2019 has two in one text; no single key matches it, so it never ends a recording. */
const stopTone = z
  .string()
  .regex(/^[0-9A-D#*]{1,2}$/i, { error: 'must be a key: 0 to 9, #, * or A to D' })
  .transform(toTone)

function toTone(text: string): Tone | undefined {
  if (text === '#') return 'pound'
  if (text === '*') return 'star'
  if (/^\d$/.test(text)) return `tone${text}` as Tone
  return /^[A-D]$/i.test(text) ? (text.toLowerCase() as Tone) : undefined
}

/** POST .../recordResponse, and .../record of the 2019 API */
export const recordBody = optionalBody(
  z.object({
    prompts: z.array(mediaPrompt).default([]),
    bargeInAllowed: z.boolean().default(false),
    initialSilenceTimeoutInSeconds: seconds,
    maxSilenceTimeoutInSeconds: seconds,
    maxRecordDurationInSeconds: z.int().min(1).max(MAX_SECONDS_IN_2019).default(DEFAULT_SECONDS),
    stopTones: z.array(stopTone).max(MAX_STOP_TONES).default([]),
    // Validated, but without effect: the beep takes no time, and the format is always WAV.
    playBeep: z.boolean().optional(),
    streamWhileRecording: z.boolean().optional(),
    recordingFormat: z.string().max(MAX_FORMAT_LENGTH).optional(),
    clientContext,
  }),
)

type RecordBody = z.output<typeof recordBody>

/** @throws GraphError 400 with the code that Graph was observed to reply to several prompts */
export function requireOnePrompt({ prompts }: RecordBody): void {
  if (prompts.length <= MAX_PROMPTS) return
  throw new GraphError(400, '8523', `prompts: has ${prompts.length} items, but a recording has at most one prompt.`)
}

export const toRecordingSettings = (body: RecordBody): RecordingSettings => ({
  initialSilenceMs: body.initialSilenceTimeoutInSeconds * 1000,
  maxSilenceMs: body.maxSilenceTimeoutInSeconds * 1000,
  maxDurationMs: Math.min(body.maxRecordDurationInSeconds, MAX_SECONDS) * 1000,
  stopTones: body.stopTones.flatMap((tone) => tone ?? []),
})

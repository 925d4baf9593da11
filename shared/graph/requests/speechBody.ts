import * as z from 'zod'
import { MAX_AUDIO_MS, readSamples } from '../../simulator/wav.js'
import { invalidRequest } from '../errors.js'
import { decodeUtf8, parseBody, parseValue } from './parse.js'
import { actionShape } from './simulatorBodies.js'

/** A body that is read as bytes, with its Content-Type in lower case. */
export interface FileBody {
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** Shorter than any sound that a person makes. */
const MIN_SECONDS = 0.1

/** How long a person speaks. */
export const spokenBody = z.object({
  ...actionShape,
  seconds: z
    .number()
    .min(MIN_SECONDS)
    .max(MAX_AUDIO_MS / 1000),
})
/** A WAV file. */
export const audioFile = z.string().meta({ contentMediaType: 'audio/wav' })
/** The query of a request with a file. */
export const spokenQuery = z.object(actionShape)

/** What the body of `say` says, and the person and the call that it names. */
interface NamedSpeech extends z.output<typeof spokenQuery> {
  readonly spoken: { readonly samples: Uint8Array } | { readonly durationMs: number }
}

/**
 * Reads POST /simulator/people/{userId}/say: a WAV file, with `callId` and `userId` in the query, or a JSON body.
 *
 * @throws GraphError 400 that says what is wrong
 */
export function readSpeech({ contentType, bytes }: FileBody, query: URLSearchParams): NamedSpeech {
  const isAudio = contentType.startsWith('audio/') || Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF'
  if (!isAudio) {
    const { seconds, ...named } = parseBody(spokenBody, decodeUtf8(bytes))
    return { ...named, spoken: { durationMs: Math.round(seconds * 1000) } }
  }
  const named = parseValue(spokenQuery, Object.fromEntries(query), 'The query')
  const result = readSamples(bytes)
  if ('problem' in result) throw invalidRequest(`The audio ${result.problem}`)
  return { ...named, spoken: { samples: result.samples } }
}

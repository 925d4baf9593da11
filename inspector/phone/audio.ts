import { MAX_AUDIO_MS, renderWav } from '../../shared/simulator/wav.js'

// Audio as the service accepts it, and the sounds that the phone generates: WAV files with PCM, one channel, 16 bits.

/** Graph: mediaInfo. */
export const SAMPLES_PER_SECOND = 16_000
const SAMPLES_PER_MS = SAMPLES_PER_SECOND / 1000
const BYTES_PER_SAMPLE = 2
const MAX_SAMPLE = 0x7fff

/** The longest speech that the service accepts. */
export const MAX_SPEECH_SECONDS = MAX_AUDIO_MS / 1000

const BEEP_MS = 400
/** Ringing: one second of tone in three seconds. */
const RING_TONE_MS = 1_000
const RING_PERIOD_MS = 3_000

/** Averages the channels of a sound. */
export function mixToMono(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels
  if (channels.length <= 1) return first
  return first.map((_, index) => channels.reduce((sum, channel) => sum + (channel[index] ?? 0), 0) / channels.length)
}

/** Writes samples from -1 to 1 as a WAV file, and cuts it at the longest speech. */
export function encodeWav(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const kept = samples.subarray(0, MAX_AUDIO_MS * SAMPLES_PER_MS)
  const data = new DataView(new ArrayBuffer(kept.length * BYTES_PER_SAMPLE))
  for (const [index, sample] of kept.entries()) {
    const limited = Math.max(-1, Math.min(1, sample))
    data.setInt16(index * BYTES_PER_SAMPLE, Math.round(limited * MAX_SAMPLE), true)
  }
  // A file has whole milliseconds, so at most one of them is partly silent.
  const durationMs = Math.ceil(kept.length / SAMPLES_PER_MS)
  return renderSound({ durationMs, samples: new Uint8Array(data.buffer) }, durationMs)
}

/** What is heard when the media of a prompt cannot be played. */
export const renderBeep = (): Uint8Array<ArrayBuffer> => renderSound({ durationMs: BEEP_MS }, BEEP_MS)

/** One period of the ring tone, which is played in a loop. */
export const renderRing = (): Uint8Array<ArrayBuffer> => renderSound({ durationMs: RING_TONE_MS }, RING_PERIOD_MS)

/** A URL of a sound, which the caller revokes. */
export const createSoundUrl = (wav: Uint8Array<ArrayBuffer>): string =>
  URL.createObjectURL(new Blob([wav], { type: 'audio/wav' }))

/** Copies the file, because a Blob and a request accept only bytes of an ArrayBuffer that is not shared. */
const renderSound = (
  sound: { readonly durationMs: number; readonly samples?: Uint8Array },
  durationMs: number,
): Uint8Array<ArrayBuffer> => new Uint8Array(renderWav([{ startMs: 0, ...sound }], durationMs))

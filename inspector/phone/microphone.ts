import { encodeWav, MAX_SPEECH_SECONDS, mixToMono, SAMPLES_PER_SECOND } from './audio.js'

/**
 * What a user says is sent in pieces while they speak. A bot's recording ends when it hears nothing for 5 s, unless
 * the bot chooses another time, and the service accepts 100 pieces.
 */
const PIECE_MS = 2_000

export const hasMicrophone = (): boolean => navigator.mediaDevices !== undefined && typeof MediaRecorder !== 'undefined'

/**
 * Records the microphone until `signal` is aborted, and passes on each piece as a WAV file.
 *
 * @throws DOMException when there is no microphone or the user refuses it
 */
export async function recordPieces(
  signal: AbortSignal,
  onPiece: (wav: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  try {
    const endsAt = Date.now() + MAX_SPEECH_SECONDS * 1000
    let piece = startPiece(stream)
    let isLast = false
    while (!isLast) {
      await waitFor(PIECE_MS, signal)
      isLast = signal.aborted || Date.now() >= endsAt
      const finished = piece
      // The next piece starts before this one stops, so that nothing between them is lost.
      if (!isLast) piece = startPiece(stream)
      const audio = await finished.stop()
      // A piece that was stopped at once has no audio.
      if (audio.size > 0) await onPiece(await convertToWav(audio))
    }
  } finally {
    for (const track of stream.getTracks()) track.stop()
  }
}

function startPiece(stream: MediaStream): { stop(): Promise<Blob> } {
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const stopped = new Promise<Blob>((resolve) => {
    recorder.addEventListener('stop', () => resolve(new Blob(parts, { type: recorder.mimeType })))
  })
  recorder.start()
  return {
    stop: () => {
      // It has stopped already if the microphone was unplugged.
      if (recorder.state !== 'inactive') recorder.stop()
      return stopped
    },
  }
}

function waitFor(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/**
 * Converts audio that the browser can decode.
 *
 * @throws DOMException when it cannot decode it
 */
export async function convertToWav(audio: Blob): Promise<Uint8Array<ArrayBuffer>> {
  // The context decodes only: the decoder resamples to its rate.
  const context = new OfflineAudioContext({ length: 1, sampleRate: SAMPLES_PER_SECOND })
  const decoded = await context.decodeAudioData(await audio.arrayBuffer())
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, index) => decoded.getChannelData(index))
  return encodeWav(mixToMono(channels))
}

// Audio as in Graph: a WAV file with PCM, one channel, 16 bits and 16,000 samples per second (Graph: mediaInfo). The
// layout of the file is that of Microsoft's "Multimedia Programming Interface and Data Specifications 1.0".

const SAMPLES_PER_MS = 16
const BYTES_PER_SAMPLE = 2
const BYTES_PER_MS = SAMPLES_PER_MS * BYTES_PER_SAMPLE
const PCM = 1
/** The format is in the first two bytes of a GUID behind the usual fields (WAVE_FORMAT_EXTENSIBLE). */
const EXTENSIBLE = 0xfffe
const EXTENSIBLE_FORMAT_OFFSET = 24
const MIN_FORMAT_BYTES = 16
const RIFF_BYTES = 12
const CHUNK_BYTES = 8
const HEADER_BYTES = 44
/** A size of at least this means that the writer did not know it: programs write 0xffffffff or 0x7ffff000. */
const UNKNOWN_SIZE = 0x7fff_0000

const TONE_HERTZ = 440
/** A tenth of full scale: quiet. */
const TONE_AMPLITUDE = 3_277

/** The longest audio that a simulated person says at once: as long as the longest recording (Graph: call-record). */
export const MAX_AUDIO_MS = 120_000
/** The largest body with such audio: its samples, and room for other chunks of the file. */
export const MAX_WAV_BYTES = MAX_AUDIO_MS * BYTES_PER_MS + 64 * 1024

/** What a WAV file says about its audio. */
interface WavHeader {
  readonly format: number
  readonly channels: number
  readonly samplesPerSecond: number
  readonly bytesPerSecond: number
  readonly bitsPerSample: number
  /** Where the samples begin. */
  readonly dataStart: number
  readonly dataBytes: number
}

/** What a recording consists of: silence, and the audio that begins at `startMs`. */
export interface AudioSegment {
  readonly startMs: number
  readonly durationMs: number
  /** Without samples it is a tone. */
  readonly samples?: Uint8Array | undefined
}

export const durationOf = (samples: Uint8Array): number => Math.max(1, Math.round(samples.length / BYTES_PER_MS))

/** Reads the samples of a WAV file, or says what is wrong with it. */
export function readSamples(file: Uint8Array): { readonly samples: Uint8Array } | { readonly problem: string } {
  const header = readHeader(file)
  const problem = header ? findProblem(header, file.length) : 'is not a WAV file with a format and data.'
  if (!header || problem !== undefined) return { problem: problem ?? '' }
  const end = header.dataBytes >= UNKNOWN_SIZE ? file.length : header.dataStart + header.dataBytes
  const samples = file.subarray(header.dataStart, end - ((end - header.dataStart) % BYTES_PER_SAMPLE))
  if (samples.length === 0) return { problem: 'has no audio.' }
  if (samples.length > MAX_AUDIO_MS * BYTES_PER_MS) {
    return { problem: `must be at most ${MAX_AUDIO_MS / 1000} s long.` }
  }
  return { samples }
}

function findProblem(header: WavHeader, fileBytes: number): string | undefined {
  const { format, channels, samplesPerSecond, bitsPerSample, dataStart, dataBytes } = header
  if (format !== PCM) return `must be PCM, and not the format ${format}.`
  if (channels !== 1) return `must have one channel, and not ${channels}.`
  if (samplesPerSecond !== SAMPLES_PER_MS * 1000) {
    return `must have ${SAMPLES_PER_MS * 1000} samples per second, and not ${samplesPerSecond}.`
  }
  if (bitsPerSample !== BYTES_PER_SAMPLE * 8) {
    return `must have ${BYTES_PER_SAMPLE * 8} bits per sample, and not ${bitsPerSample}.`
  }
  const available = fileBytes - dataStart
  if (dataBytes >= UNKNOWN_SIZE || dataBytes <= available) return undefined
  return `is cut off: its data has ${available} of ${dataBytes} bytes.`
}

/**
 * Returns how long a WAV file plays, in milliseconds, from its first bytes. Returns undefined when they do not say it.
 */
export function measureWav(start: Uint8Array): number | undefined {
  const header = readHeader(start)
  if (!header || header.dataBytes >= UNKNOWN_SIZE || header.dataBytes === 0) return undefined
  const durationMs = Math.round((header.dataBytes / header.bytesPerSecond) * 1000)
  return Number.isFinite(durationMs) ? durationMs : undefined
}

/** Reads the chunks up to the data; undefined when the bytes are not a WAV file, or end before the data. */
function readHeader(file: Uint8Array): WavHeader | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const nameAt = (offset: number) => String.fromCharCode(...file.subarray(offset, offset + 4))
  if (nameAt(0) !== 'RIFF' || nameAt(8) !== 'WAVE') return undefined
  let format: Omit<WavHeader, 'dataStart' | 'dataBytes'> | undefined
  for (let offset = RIFF_BYTES; offset + CHUNK_BYTES <= file.length; ) {
    const size = view.getUint32(offset + 4, true)
    const start = offset + CHUNK_BYTES
    const name = nameAt(offset)
    if (name === 'data') return format && { ...format, dataStart: start, dataBytes: size }
    if (name === 'fmt ' && size >= MIN_FORMAT_BYTES && start + size <= file.length) {
      format = readFormat(new DataView(file.buffer, file.byteOffset + start, size))
    }
    // A chunk of odd length is followed by a byte of padding.
    offset = start + size + (size % 2)
  }
  return undefined
}

function readFormat(chunk: DataView): Omit<WavHeader, 'dataStart' | 'dataBytes'> {
  const format = chunk.getUint16(0, true)
  const isExtended = format === EXTENSIBLE && chunk.byteLength >= EXTENSIBLE_FORMAT_OFFSET + 2
  return {
    format: isExtended ? chunk.getUint16(EXTENSIBLE_FORMAT_OFFSET, true) : format,
    channels: chunk.getUint16(2, true),
    samplesPerSecond: chunk.getUint32(4, true),
    bytesPerSecond: chunk.getUint32(8, true),
    bitsPerSample: chunk.getUint16(14, true),
  }
}

/** Renders a WAV file of this length: silence with the segments in it, cut at the end. */
export function renderWav(segments: readonly AudioSegment[], durationMs: number): Uint8Array {
  const dataBytes = durationMs * BYTES_PER_MS
  const file = new Uint8Array(HEADER_BYTES + dataBytes)
  writeHeader(new DataView(file.buffer), dataBytes)
  const data = file.subarray(HEADER_BYTES)
  for (const { startMs, samples, ...segment } of segments) {
    const room = data.subarray(startMs * BYTES_PER_MS, (startMs + segment.durationMs) * BYTES_PER_MS)
    if (samples) room.set(samples.subarray(0, room.length))
    else writeTone(room)
  }
  return file
}

function writeHeader(header: DataView, dataBytes: number): void {
  const writeName = (offset: number, name: string) => {
    for (const [index, character] of [...name].entries()) header.setUint8(offset + index, character.charCodeAt(0))
  }
  writeName(0, 'RIFF')
  header.setUint32(4, HEADER_BYTES - CHUNK_BYTES + dataBytes, true)
  writeName(8, 'WAVE')
  writeName(12, 'fmt ')
  header.setUint32(16, MIN_FORMAT_BYTES, true)
  header.setUint16(20, PCM, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, SAMPLES_PER_MS * 1000, true)
  header.setUint32(28, BYTES_PER_MS * 1000, true)
  header.setUint16(32, BYTES_PER_SAMPLE, true)
  header.setUint16(34, BYTES_PER_SAMPLE * 8, true)
  writeName(36, 'data')
  header.setUint32(40, dataBytes, true)
}

function writeTone(room: Uint8Array): void {
  const samples = new DataView(room.buffer, room.byteOffset, room.byteLength)
  for (let offset = 0; offset + BYTES_PER_SAMPLE <= room.length; offset += BYTES_PER_SAMPLE) {
    const seconds = offset / BYTES_PER_SAMPLE / (SAMPLES_PER_MS * 1000)
    samples.setInt16(offset, Math.round(TONE_AMPLITUDE * Math.sin(2 * Math.PI * TONE_HERTZ * seconds)), true)
  }
}

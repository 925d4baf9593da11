import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AudioSegment, durationOf, measureWav, readSamples, renderWav } from '../../../shared/simulator/wav.js'

const BYTES_PER_MS = 32
const samplesOf = (ms: number, value = 1) => new Uint8Array(ms * BYTES_PER_MS).fill(value)
const wavOf = (ms: number, value = 1) => renderWav([{ startMs: 0, durationMs: ms, samples: samplesOf(ms, value) }], ms)
/** Reads the samples of a file; fails the test if they cannot be read. */
function read(file: Uint8Array): Uint8Array {
  const result = readSamples(file)
  if ('problem' in result) throw new Error(result.problem)
  return result.samples
}

test('a rendered file has the header of PCM with one channel, 16 bits and 16 kHz', () => {
  const file = Buffer.from(wavOf(10))
  expect(file.toString('latin1', 0, 4)).toBe('RIFF')
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect(file.toString('latin1', 8, 16)).toBe('WAVEfmt ')
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24), file.readUInt16LE(34)]).toEqual([
    1, 1, 16_000, 16,
  ])
  expect([file.readUInt32LE(28), file.readUInt16LE(32)]).toEqual([32_000, 2])
  expect(file.toString('latin1', 36, 40)).toBe('data')
  expect(file.readUInt32LE(40)).toBe(10 * BYTES_PER_MS)
})

test('the audio of a recording is silence with the segments in it, cut at its end', () => {
  const segments = [
    { startMs: 2, durationMs: 3, samples: samplesOf(3, 7) },
    { startMs: 6, durationMs: 10, samples: samplesOf(10, 9) },
  ]
  const data = read(renderWav(segments, 8))
  const perMs = Array.from({ length: 8 }, (_, ms) => data[ms * BYTES_PER_MS])
  expect(perMs).toEqual([0, 0, 7, 7, 7, 0, 9, 9])
})

test('a segment without samples is a quiet tone', () => {
  const data = Buffer.from(read(renderWav([{ startMs: 5, durationMs: 10 }], 20)))
  const values = Array.from({ length: 20 * 16 }, (_, index) => Math.abs(data.readInt16LE(index * 2)))
  expect(Math.max(...values.slice(0, 5 * 16), ...values.slice(15 * 16))).toBe(0)
  expect(Math.max(...values)).toBeGreaterThan(1_000)
  expect(Math.max(...values)).toBeLessThan(4_000)
})

test('what was rendered can be read, and has its length', () => {
  const anySegment = fc.record({
    startMs: fc.nat(300),
    durationMs: fc.integer({ min: 1, max: 300 }),
    isTone: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(anySegment, { maxLength: 4 }), fc.integer({ min: 1, max: 400 }), (given, durationMs) => {
      const segments = given.map(({ startMs, durationMs: ms, isTone }): AudioSegment => {
        return { startMs, durationMs: ms, samples: isTone ? undefined : samplesOf(ms) }
      })
      const file = renderWav(segments, durationMs)
      expect(durationOf(read(file))).toBe(durationMs)
      expect(measureWav(file.subarray(0, 44))).toBe(durationMs)
    }),
  )
})

test('the reader never throws, not even for a damaged file', () => {
  const anyDamage = fc.tuple(fc.nat(60), fc.nat(255))
  fc.assert(
    fc.property(fc.array(anyDamage, { maxLength: 8 }), fc.nat(400), (damages, length) => {
      const file = wavOf(10).slice(0, length)
      for (const [at, value] of damages) file[at] = value
      readSamples(file)
      measureWav(file)
    }),
    { numRuns: 2_000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void [readSamples(bytes), measureWav(bytes)]))
})

/** Returns a file of 10 ms with a field of its header changed. */
function withField(offset: number, value: number, bytes: 2 | 4 = 2): Uint8Array {
  const file = Buffer.from(wavOf(10))
  if (bytes === 2) file.writeUInt16LE(value, offset)
  else file.writeUInt32LE(value, offset)
  return file
}

test.each([
  ['no file', new Uint8Array(), 'is not a WAV file'],
  ['an MP3 file', Buffer.from(`ID3${'\0'.repeat(100)}`), 'is not a WAV file'],
  ['a file without data', wavOf(10).slice(0, 36), 'is not a WAV file'],
  ['data without a format', Buffer.concat([wavOf(10).slice(0, 12), wavOf(10).slice(36)]), 'is not a WAV file'],
  ['another codec', withField(20, 7), 'must be PCM, and not the format 7.'],
  ['two channels', withField(22, 2), 'must have one channel, and not 2.'],
  ['44.1 kHz', withField(24, 44_100, 4), 'must have 16000 samples per second, and not 44100.'],
  ['8 bits', withField(34, 8), 'must have 16 bits per sample, and not 8.'],
  ['a file that is cut off', wavOf(10).slice(0, 100), 'is cut off: its data has 56 of 320 bytes.'],
  ['no samples', wavOf(0), 'has no audio.'],
  ['more than two minutes', wavOf(120_001), 'must be at most 120 s long.'],
])('readSamples refuses %s', (_, file, problem) => {
  expect(readSamples(file)).toEqual({ problem: expect.stringContaining(problem) })
})

test('readSamples accepts two minutes, other chunks, an extensible format and data of unknown size', () => {
  expect(durationOf(read(wavOf(120_000)))).toBe(120_000)
  const file = Buffer.from(wavOf(10))
  const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')
  expect(durationOf(read(Buffer.concat([file.subarray(0, 12), list, file.subarray(12)])))).toBe(10)
  const extensible = Buffer.alloc(40)
  file.copy(extensible, 0, 20, 36)
  extensible.writeUInt16LE(0xfffe, 0)
  extensible.writeUInt16LE(1, 24)
  const format = Buffer.from('fmt \x28\0\0\0', 'latin1')
  expect(durationOf(read(Buffer.concat([file.subarray(0, 12), format, extensible, file.subarray(36)])))).toBe(10)
  expect(durationOf(read(withField(40, 0xffff_ffff, 4)))).toBe(10)
})

test('measureWav reads the length of any PCM from the start of the file, and returns undefined without it', () => {
  expect(measureWav(wavOf(1_500).slice(0, 44))).toBe(1_500)
  expect(measureWav(withField(28, 176_400, 4))).toBe(Math.round((320 / 176_400) * 1_000))
  for (const unknown of [
    wavOf(10).slice(0, 40),
    withField(40, 0xffff_ffff, 4),
    withField(40, 0x7fff_f000, 4),
    withField(28, 0, 4),
    wavOf(0),
  ]) {
    expect(measureWav(unknown)).toBeUndefined()
  }
})

import { expect, test } from 'vitest'
import { encodeWav, mixToMono, renderBeep, renderRing } from '../../../inspector/phone/audio.js'
import { MAX_WAV_BYTES, measureWav, readSamples } from '../../../shared/simulator/wav.js'

/** Reads the samples as the service does. */
function samplesOf(file: Uint8Array): number[] {
  const result = readSamples(file)
  if ('problem' in result) throw new Error(result.problem)
  const { buffer, byteOffset, byteLength } = result.samples
  const view = new DataView(buffer, byteOffset, byteLength)
  return Array.from({ length: byteLength / 2 }, (_, index) => view.getInt16(index * 2, true))
}

test('encodeWav writes what the service reads, and limits samples that are too loud', () => {
  const samples = Float32Array.from({ length: 16 }, (_, index) => [0, 0.5, -1, 2][index] ?? 0)
  expect(samplesOf(encodeWav(samples)).slice(0, 5)).toEqual([0, 16_384, -32_767, 32_767, 0])
})

test('encodeWav fills the last millisecond with silence', () => {
  expect(samplesOf(encodeWav(new Float32Array(17).fill(1)))).toHaveLength(32)
})

test('encodeWav cuts speech that is longer than the service accepts', () => {
  const file = encodeWav(new Float32Array(121 * 16_000))
  expect(measureWav(file)).toBe(120_000)
  expect(file.length).toBeLessThan(MAX_WAV_BYTES)
})

test('mixToMono averages the channels', () => {
  expect([...mixToMono([Float32Array.of(1, 0), Float32Array.of(0, -1)])]).toEqual([0.5, -0.5])
  expect([...mixToMono([Float32Array.of(0.25)])]).toEqual([0.25])
  expect([...mixToMono([])]).toEqual([])
})

test('the beep is a tone, and the ring tone ends with silence', () => {
  expect(measureWav(renderBeep())).toBe(400)
  expect(Math.max(...samplesOf(renderBeep()))).toBeGreaterThan(3_000)
  expect(measureWav(renderRing())).toBe(3_000)
  expect(
    samplesOf(renderRing())
      .slice(16_000)
      .every((sample) => sample === 0),
  ).toBe(true)
})

import { expect, test, vi } from 'vitest'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { readRecording, renderRecording, speakAsPerson } from '../../../shared/engine/recordings.js'
import { readSamples } from '../../../shared/simulator/wav.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall } from '../../support/callFixtures.js'
import {
  assertDefined,
  CALL,
  createServiceFixture,
  failRequests,
  runOnce,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

// Audio that simulated people say: where it is stored, and that it is removed with its call.

const HOUR = 3_600_000
const BYTES_PER_MS = 32
const SAMPLES = new Uint8Array(1_000 * BYTES_PER_MS).fill(5)
const RECORD = {
  type: 'recordResponse',
  prompts: [],
  bargeInAllowed: false,
  settings: { initialSilenceMs: 5_000, maxSilenceMs: 1_000, maxDurationMs: 10_000, stopTones: ['pound'] },
  recordingsUrl: 'https://ringback.example/recordings',
} as const

/** A service with a call in which `caller` talks to the bot. */
async function establish(): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ RETENTION_MS: String(HOUR) })
  await fixture.createCall(incomingCall)
  await fixture.changeCall(answer)
  await fixture.run(1_000)
  return fixture
}
const speak = ({ service }: ServiceFixture, callId?: string) =>
  speakAsPerson(service, 'caller', { samples: SAMPLES }, callId)
const listRowKeys = async ({ tables }: ServiceFixture) =>
  (await tables.list('calls', { from: CALL, to: CALL })).map(({ rowKey }) => rowKey)

/** Records something, and returns the id of the recording once it is completed. */
async function record(fixture: ServiceFixture): Promise<string> {
  const { operations } = await fixture.changeCall(RECORD)
  await speak(fixture)
  await fixture.run(5_000)
  return operations[0]?.id ?? ''
}

test('what a person says is in the recording, and in a blob of the call', async () => {
  const fixture = await establish()
  const id = await record(fixture)
  expect(fixture.blobs.names()).toEqual([expect.stringMatching(/^call\/id-\d+$/)])
  const recording = assertDefined(await readRecording(fixture.service, CALL, id))
  const result = readSamples(await renderRecording(fixture.service, recording))
  if ('problem' in result) throw new Error(result.problem)
  expect(result.samples.length).toBe(2_000 * BYTES_PER_MS)
  expect(Buffer.compare(result.samples.subarray(0, SAMPLES.length), SAMPLES)).toBe(0)
})

test('audio that no recording hears is not stored', async () => {
  const fixture = await establish()
  expect(await speak(fixture)).toBe(CALL)
  await fixture.changeCall(RECORD)
  await fixture.changeCall({ type: 'personMutes', personId: 'caller' })
  await speak(fixture)
  await expect(speakAsPerson(fixture.service, 'bob', { samples: SAMPLES }, CALL)).rejects.toThrow('bob is not in this')
  await expect(speak(fixture, 'unknown')).rejects.toThrow('Call not found.')
  expect(fixture.blobs.names()).toEqual([])
})

test('audio of speech that a recording refuses, or that comes after its end, is not stored', async () => {
  const fixture = await establish()
  await fixture.changeCall(RECORD)
  for (let count = 1; count <= 100; count++) {
    await speakAsPerson(fixture.service, 'caller', { durationMs: 1 }, CALL)
  }
  await expect(speak(fixture, CALL)).rejects.toMatchObject({ code: 'tooMuchSpeech' })
  fixture.clock.advance(HOUR)
  await speak(fixture, CALL)
  expect(fixture.blobs.names()).toEqual([])
})

test('audio is stored once, however often its command is decided again', async () => {
  const fixture = await establish()
  await fixture.changeCall(RECORD)
  const put = vi.spyOn(fixture.blobs, 'put')
  fixture.tables.before = runOnce('write calls', () =>
    changeCall(fixture.service, CALL, { type: 'personMutes', personId: 'caller' }, { authorize: () => undefined }).then(
      () =>
        changeCall(
          fixture.service,
          CALL,
          { type: 'personUnmutes', personId: 'caller' },
          { authorize: () => undefined },
        ),
    ),
  )
  await speak(fixture)
  expect(put).toHaveBeenCalledTimes(1)
  expect((await fixture.readRecord()).call.operations[0]?.recording?.segments).toMatchObject([{ durationMs: 1_000 }])
})

test('a recording that runs, that has failed, or that is another operation cannot be read', async () => {
  const fixture = await establish()
  const running = (await fixture.changeCall(RECORD)).operations[0]?.id ?? ''
  const muted = (await fixture.changeCall({ type: 'mute' })).operations[0]?.id ?? ''
  for (const id of [running, muted, 'unknown']) {
    expect(await readRecording(fixture.service, CALL, id)).toBeUndefined()
  }
  await fixture.run(10_000)
  expect((await fixture.service.calls.readOperation(CALL, running))?.status).toBe('failed')
  expect(await readRecording(fixture.service, CALL, running)).toBeUndefined()
})

test('a recording can be read after its call has ended, until the call is removed with its blobs', async () => {
  const fixture = await establish()
  const id = await record(fixture)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  expect((await readRecording(fixture.service, CALL, id))?.durationMs).toBe(2_000)
  fixture.clock.advance(HOUR)
  await fixture.run(30_000)
  expect(fixture.blobs.names()).toEqual([])
  expect(await listRowKeys(fixture)).toEqual([])
  expect(await readRecording(fixture.service, CALL, id)).toBeUndefined()
})

test('audio that disappears while it is read is a 404', async () => {
  const fixture = await establish()
  const recording = assertDefined(await readRecording(fixture.service, CALL, await record(fixture)))
  await fixture.blobs.deleteAll('')
  await expect(renderRecording(fixture.service, recording)).rejects.toMatchObject({ status: 404 })
})

test('the blobs of other calls stay, and a call without recordings needs no request to the blobs', async () => {
  const fixture = await establish()
  await fixture.blobs.put('call2/a', SAMPLES)
  const deleteAll = vi.spyOn(fixture.blobs, 'deleteAll')
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  fixture.clock.advance(HOUR)
  await fixture.run(30_000)
  expect(await listRowKeys(fixture)).toEqual([])
  expect(deleteAll).not.toHaveBeenCalled()
  expect(fixture.blobs.names()).toEqual(['call2/a'])
})

/** The rows of the call of the next test. */
const ROWS = 14

test.each(Array.from({ length: ROWS }, (_, index) => index))(
  'a removal that fails at row %i is finished by a later sweep',
  async (index) => {
    const fixture = await establish()
    await record(fixture)
    await fixture.changeCall({ type: 'hangUp' })
    await fixture.run(60_000)
    fixture.clock.advance(HOUR)
    const rowKeys = await listRowKeys(fixture)
    expect(rowKeys).toHaveLength(ROWS)
    fixture.tables.before = failRequests('write calls', 1, rowKeys[index])
    await fixture.sweep()
    expect(await listRowKeys(fixture)).toContain('call')
    await fixture.run(60_000)
    expect([await listRowKeys(fixture), fixture.blobs.names()]).toEqual([[], []])
    expect(await fixture.listWatchdogTimes()).toEqual([])
  },
)

test('a removal whose blobs cannot be deleted keeps the rows that lead to them, until a later sweep', async () => {
  const fixture = await establish()
  await record(fixture)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  fixture.clock.advance(HOUR)
  const rowKeys = await listRowKeys(fixture)
  vi.spyOn(fixture.blobs, 'deleteAll').mockRejectedValueOnce(new StorageUnavailable('no answer'))
  await fixture.sweep()
  expect(await listRowKeys(fixture)).toEqual(rowKeys.filter((key) => key !== 'delivery'))
  await fixture.run(60_000)
  expect([await listRowKeys(fixture), fixture.blobs.names()]).toEqual([[], []])
})

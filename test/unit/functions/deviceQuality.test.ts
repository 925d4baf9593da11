import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { telemetryInstruments } from '../../../shared/platform/telemetry.js'
import { type FuzzWorld, newFuzzWorld } from '../../proof/fuzz/world.js'
import { seeded } from '../../proof/simulation/time.js'
import { registerFunctions, requestInProcess } from '../../support/inProcess.js'

let world: FuzzWorld
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => world.service,
}))
await registerFunctions()

test('a report of device quality is counted by media type, and stores nothing', async () => {
  world = await newFuzzWorld(seeded(1))
  const before = await world.dump()
  // Without an exporter, all counters are the same object, so the counter of requests is called too.
  const add = vi.spyOn(telemetryInstruments().deviceQuality, 'add')
  const counted = () => add.mock.calls.filter(([, attributes]) => attributes && 'media' in attributes)
  const entry = (media: string) => ({
    '@odata.type': `microsoft.graph.teleconferenceDevice${media}Quality`,
    channelIndex: 1,
  })
  const quality = {
    ...{ callChainId: randomUUID(), participantId: randomUUID(), mediaLegId: randomUUID() },
    ...{ deviceName: 'Room', deviceDescription: 'Room' },
    mediaQualityList: ['Audio', 'Video', 'Audio', 'ScreenSharing'].map(entry),
  }
  const send = (headers: Record<string, string>) =>
    requestInProcess(world.token, {
      method: 'POST',
      path: '/v1.0/communications/calls/logTeleconferenceDeviceQuality',
      headers,
      body: Buffer.from(JSON.stringify({ quality })),
    })
  expect((await send({})).status).toBe(400)
  expect(counted()).toEqual([])
  expect(await send({ 'user-agent': 'device' })).toMatchObject({ status: 200, body: '' })
  expect(counted()).toEqual(['audio', 'video', 'audio', 'screenSharing'].map((media) => [1, { media }]))
  expect(await world.dump()).toBe(before)
})

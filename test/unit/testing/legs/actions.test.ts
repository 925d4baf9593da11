import { expect, test } from 'vitest'
import { type ApplicationCall, connect, expectRosters, MEETING, meet, startApplications } from './applications.js'

// What an application does in its call reaches the applications and people in the other calls.

const APP_HOSTED = { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: 'blob' }

/** Checks who is muted in each call. */
async function expectMuted(calls: readonly ApplicationCall[], expected: readonly string[]): Promise<void> {
  for (const call of calls) expect(await call.muted(), `muted for ${call.application.name}`).toEqual(expected)
}

test('each application mutes the other one and its people, and they unmute themselves', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const calls = await meet(alpha, beta)
  const [first, second] = calls
  await ringback.person('amar').joins(first.id)
  await ringback.person('nora').joins(second.id)
  await settle()
  await first.mute('beta')
  await first.mute('nora')
  await expectMuted(calls, ['beta', 'nora'])
  await second.mute('alpha')
  await second.mute('amar')
  await expectMuted(calls, ['alpha', 'amar', 'beta', 'nora'])
  await first.act('unmute')
  await second.act('unmute')
  await ringback.person('amar').unmutes()
  await ringback.person('nora').unmutes()
  await settle()
  await expectMuted(calls, [])
})

test('muteAll mutes the applications and people of all calls, and not the application that asks', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const calls = await meet(alpha, beta, gamma)
  await ringback.person('amar').joins(calls[1].id)
  await settle()
  await calls[0].act('participants/muteAll')
  await expectMuted(calls, ['amar', 'beta', 'gamma'])
})

test('an application that mutes itself is muted in the call of the other one', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [outgoing, incoming] = await connect(alpha, beta)
  await outgoing.act('mute')
  await outgoing.invite('amar')
  await ringback.person('amar').answers()
  await settle()
  await expectMuted([outgoing, incoming], ['alpha'])
})

test('an application removes another one, whose people stay', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [first, second, third] = await meet(alpha, beta, gamma)
  await ringback.person('amar').joins(second.id)
  await settle()
  await first.remove('beta')
  await expectRosters([first, third], ['alpha', 'amar', 'gamma'])
  expect([await second.state(), second.end()]).toEqual(['gone', 'CallTerminated'])
  await ringback.person('amar').leaves()
  await settle()
  await expectRosters([first, third], ['alpha', 'gamma'])
})

test('an application removes a person who joined through another one', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const calls = await meet(alpha, beta)
  await ringback.person('amar').joins(calls[1].id)
  await ringback.person('nora').joins(calls[1].id)
  await settle()
  await calls[0].remove('amar')
  await expectRosters(calls, ['alpha', 'beta', 'nora'])
  await expect(ringback.person('amar').leaves({ within: '10ms' })).rejects.toThrow('404')
})

test.each(['call', 'meeting'])(
  'the tones that an application sends in a %s are heard by the other one',
  async (kind) => {
    const { alpha, gamma } = await startApplications()
    const [first, second] = await (kind === 'call' ? connect(alpha, gamma) : meet(alpha, gamma))
    for (const call of [first, second]) await call.act('subscribeToTone')
    await first.act('sendDtmfTones', { tones: ['tone1', 'pound'] })
    await second.act('sendDtmfTones', { tones: ['star'] })
    expect([first.tones(), second.tones()]).toEqual([['star'], ['tone1', 'pound']])
  },
)

test('the keys of a person are heard by all applications that listen', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const calls = await meet(alpha, beta, gamma)
  for (const call of calls.slice(0, 2)) await call.act('subscribeToTone')
  await ringback.person('amar').joins(calls[0].id)
  await ringback.person('nora').joins(calls[1].id)
  await settle()
  await ringback.person('amar').presses('12')
  await ringback.person('nora').presses('#')
  await settle()
  // Each application hears the keys of one person in their order.
  for (const call of calls.slice(0, 2))
    expect(call.tones().filter((tone) => tone !== 'pound')).toEqual(['tone1', 'tone2'])
  for (const call of calls.slice(0, 2)) expect(call.tones().sort()).toEqual(['pound', 'tone1', 'tone2'])
  expect(calls[2].tones()).toEqual([])
})

test('keys reach an application through whose call the person did not join', async () => {
  const { alpha, gamma, operate, ringback, settle } = await startApplications()
  const [first, second] = await meet(alpha, gamma)
  await second.act('subscribeToTone')
  await ringback.person('amar').joins(first.id)
  await settle()
  await operate('/simulator/people/amar/press', { tone: 'tone1' })
  await operate('/simulator/people/amar/press', { tone: 'tone2', callId: second.id })
  await settle()
  expect(second.tones()).toEqual(['tone1', 'tone2'])
})

test('a person of the kit presses a key as soon as any application of the meeting listens', async () => {
  const { ringback, alpha, gamma, settle } = await startApplications()
  const [first, second] = await meet(alpha, gamma)
  await second.act('subscribeToTone')
  await ringback.person('amar').joins(first.id)
  await settle()
  await ringback.person('amar').presses('1', { within: '100ms' })
})

test('an application that records is shown as such to the other one, until it stops', async () => {
  const { alpha, gamma } = await startApplications()
  const [first, second] = await meet(alpha, gamma)
  const recordingOf = async (call: ApplicationCall) =>
    (await call.participants()).find(({ info }) => info.identity.application.id === alpha.bot.applicationId)
      ?.recordingInfo?.recordingStatus
  await first.act('updateRecordingStatus', { status: 'recording' })
  expect([await recordingOf(first), await recordingOf(second)]).toEqual(['recording', 'recording'])
  await first.act('updateRecordingStatus', { status: 'notRecording' })
  expect([await recordingOf(first), await recordingOf(second)]).toEqual(['notRecording', 'notRecording'])
})

test('one participant at a time shares content, and all applications see who', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const calls = [...(await meet(alpha, beta)), await gamma.joins({ ...MEETING, mediaConfig: APP_HOSTED })] as const
  const presenters = () => Promise.all(calls.map((call) => call.presenters()))
  await ringback.person('amar').joins(calls[0].id)
  await settle()
  await ringback.person('amar').shares()
  await settle()
  expect(await presenters()).toEqual([['amar'], ['amar'], ['amar']])
  // Another participant takes over.
  await calls[2].act('changeScreenSharingRole', { role: 'sharer' })
  expect(await presenters()).toEqual([['gamma'], ['gamma'], ['gamma']])
  await calls[2].act('changeScreenSharingRole', { role: 'viewer' })
  expect(await presenters()).toEqual([[], [], []])
})

test('sharing ends when the presenter leaves, or is removed by another application', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const calls = await meet(alpha, beta)
  const presenters = () => Promise.all(calls.map((call) => call.presenters()))
  for (const end of [() => ringback.person('amar').leaves(), () => calls[1].remove('amar')]) {
    await ringback.person('amar').joins(calls[0].id)
    await ringback.person('amar').shares()
    await settle()
    expect(await presenters()).toEqual([['amar'], ['amar']])
    await end()
    await settle()
    expect(await presenters()).toEqual([[], []])
  }
})

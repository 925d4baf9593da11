import { expect, test } from 'vitest'
import { toDiagram } from '../../../shared/inspection/diagram.js'
import type { ListedEntry } from '../../../shared/inspection/entries.js'
import { exportCall } from '../../../shared/inspector/callExport.js'
import { listCallSummaries } from '../../../shared/inspector/callSummaries.js'
import { readCallView } from '../../../shared/inspector/callView.js'
import { readNotification, resendNotification } from '../../../shared/inspector/notifications.js'
import { findPromptUri, readPhoneView } from '../../../shared/inspector/phoneView.js'
import { createService } from '../../../shared/service/service.js'
import { answer, incomingCall, outgoingCall } from '../../support/callFixtures.js'
import { CALL, createServiceFixture, START } from '../../support/serviceFixture.js'

// What the inspector reads, from the storage and from the event log.

const describe = (entry: ListedEntry): string => {
  if (entry.type === 'commit') return `${entry.command} -> ${entry.to} ${entry.notifications ?? ''}`.trim()
  if (entry.type === 'attempt') return `#${entry.sequence} ${entry.summary} ${entry.status ?? entry.error}`
  return entry.type
}

async function answeredCall() {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  await fixture.drain()
  await fixture.changeCall(answer)
  await fixture.drain()
  return fixture
}

test('the log of a call has its commits and the attempts at their notifications', async () => {
  const { service } = await answeredCall()
  const { entries } = await readCallView(service, CALL)
  expect(entries.map(describe)).toEqual([
    'incoming -> incoming 1,1',
    '#1 created call incoming 202',
    expect.stringMatching(/^answer -> established 2,\d$/),
    '#2 updated call establishing 202',
    '#3 updated call established 202',
    ...entries.slice(5).map(describe),
  ])
})

test('an exported call has the bodies of its notifications', async () => {
  const { service } = await answeredCall()
  const { messages, entries } = await exportCall(service, CALL)
  expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => index + 1))
  expect(JSON.parse(messages[0]?.body ?? '')).toMatchObject({ value: [{ changeType: 'created' }] })
  expect(entries.map(({ type }) => type)).toEqual((await readCallView(service, CALL)).entries.map(({ type }) => type))
})

test('a failed attempt says when the next one is due, and a dead letter why there is none', async () => {
  const fixture = createServiceFixture({ NOTIFICATION_MAX_ATTEMPTS: '2' })
  fixture.callback = () => ({ status: 503 })
  await fixture.createCall(incomingCall)
  await fixture.run(5_000)
  const { entries, deadLettered, notifications } = await readCallView(fixture.service, CALL)
  const attempts = entries.filter((entry) => entry.type === 'attempt')
  expect(attempts).toMatchObject([{ status: 503, nextAttemptAt: expect.any(Number) }, { status: 503 }])
  expect(attempts[1]).not.toHaveProperty('nextAttemptAt')
  expect(entries.at(-1)).toMatchObject({ type: 'deadLetter', sequence: 1, isRest: true })
  expect(deadLettered).toMatch(/2 attempts/)
  expect(notifications).toEqual({ total: 1, pending: 0, deadLettered: 1 })
})

test('a notification that is sent again does not change how its delivery is shown', async () => {
  const fixture = await answeredCall()
  fixture.callback = () => ({ status: 503 })
  const notification = await readNotification(fixture.service.calls, CALL, 1)
  expect(await resendNotification(fixture.service, CALL, notification)).toEqual({ status: 503 })
  const view = await readCallView(fixture.service, CALL)
  expect(view.notifications).toMatchObject({ pending: 0, deadLettered: 0 })
  const row = toDiagram(view.entries, view).rows.find(({ key }) => key === 'notification:1')
  expect(row).toMatchObject({
    outcome: 'ok',
    result: '202',
    attempts: [{ status: 202 }, { status: 503, isResend: true }],
  })
})

test('entries that the log has dropped are read from the storage', async () => {
  const { service } = await answeredCall()
  const before = (await readCallView(service, CALL)).entries.filter(({ type }) => type === 'attempt')
  const filler = { type: 'commit', command: 'keepAlive', from: 'established', to: 'established' } as const
  for (let count = 0; count < 20_000; count += 1) service.eventLog?.add(filler, { callId: 'other' })
  const after = (await readCallView(service, CALL)).entries
  expect(after.map(({ number: _, ...entry }) => entry)).toEqual(before.map(({ number: _, ...entry }) => entry))
})

test('the page gets no keys in addresses', async () => {
  const { service, createCall, changeCall } = createServiceFixture()
  await createCall({ ...outgoingCall('ann'), callbackUri: 'https://bot.example/calls?code=s3cret' })
  await changeCall({ type: 'personAnswers', personId: 'ann' })
  await changeCall({ type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav?sig=s3cret' } }] })
  const [phone, view, exported] = [
    await readPhoneView(service, 'ann'),
    await readCallView(service, CALL),
    await exportCall(service, CALL),
  ]
  expect(JSON.stringify([phone, view, exported])).not.toContain('s3cret')
  const [prompt] = phone.calls[0]?.prompts ?? []
  const { record } = await service.calls.read(CALL)
  expect(record && findPromptUri(record.call, prompt?.operationId ?? '', prompt?.index ?? -1)).toBe(
    'https://bot.example/a.wav?sig=s3cret',
  )
})

const CALLBACK_FAULT = { on: 'callback', times: 1, skip: 0, probability: 1 } as const

test('an injected fault answers instead of the callback, and its attempts are marked', async () => {
  const fixture = createServiceFixture()
  fixture.service.faults?.set('bot', { seed: 1, faults: [{ ...CALLBACK_FAULT, effect: 'status', status: 503 }] })
  await fixture.createCall(incomingCall)
  await fixture.run(5_000)
  expect(fixture.sent).toHaveLength(1)
  const { entries } = await readCallView(fixture.service, CALL)
  expect(entries.filter((entry) => entry.type === 'attempt')).toMatchObject([
    { status: 503, fault: 'status' },
    { status: 202 },
  ])
  expect(fixture.log.join('\n')).toContain('fault=status')
})

test('both POSTs of a duplicate are in the log of the call, and the delivery counts one', async () => {
  const fixture = createServiceFixture()
  fixture.service.faults?.set('bot', { seed: 1, faults: [{ ...CALLBACK_FAULT, effect: 'duplicate' }] })
  await fixture.createCall(incomingCall)
  await fixture.run(1_000)
  expect(fixture.sent.map(({ attempt }) => attempt)).toEqual([1, 1])
  const { entries } = await readCallView(fixture.service, CALL)
  expect(entries.filter((entry) => entry.type === 'attempt')).toMatchObject([
    { status: 202, fault: 'duplicate' },
    { status: 202, fault: 'duplicate', isResend: true },
  ])
  const { attempts } = await fixture.service.calls.readNotifications(CALL)
  expect(attempts).toHaveLength(1)
})

test('a notification that is sent again from the page gets no fault', async () => {
  const fixture = await answeredCall()
  fixture.service.faults?.set('bot', { seed: 1, faults: [{ ...CALLBACK_FAULT, effect: 'reset' }] })
  const notification = await readNotification(fixture.service.calls, CALL, 1)
  expect(await resendNotification(fixture.service, CALL, notification)).toEqual({ status: 202 })
  expect(fixture.service.faults?.list('bot').faults).toMatchObject([{ fired: 0 }])
})

test('reordered notifications are drawn in the order in which they arrived', async () => {
  const fixture = createServiceFixture()
  // The callback takes as long as in a network, so that the times differ.
  fixture.callback = () => {
    fixture.clock.advance(5)
    return { status: 202 }
  }
  await fixture.createCall(incomingCall)
  await fixture.run(1_000)
  fixture.service.faults?.set('bot', { seed: 1, faults: [{ ...CALLBACK_FAULT, effect: 'reorder', sequence: 2 }] })
  await fixture.changeCall(answer)
  await fixture.run(2_000)
  expect(fixture.sent.map(({ sequence }) => sequence).slice(0, 3)).toEqual([1, 3, 2])
  const view = await readCallView(fixture.service, CALL)
  const rows = toDiagram(view.entries, view).rows.filter(({ kind }) => kind === 'notification')
  expect(rows.slice(0, 3).map(({ sequence, result }) => [sequence, result])).toEqual([
    [1, '202'],
    [3, '202 (fault: out of order)'],
    [2, '202 (fault: out of order)'],
  ])
})

test('after a restart the attempts are read from the storage', async () => {
  const { service, clock } = await answeredCall()
  clock.advance(1_000)
  const restarted = createService(service.settings, service)
  const before = (await readCallView(service, CALL)).entries.filter(({ type }) => type === 'attempt')
  const after = (await readCallView(restarted, CALL)).entries
  expect(after.map(({ number: _, ...entry }) => entry)).toEqual(before.map(({ number: _, ...entry }) => entry))
})

test('no storage request is added to a command, and nothing is recorded where the service is not local', async () => {
  const deployed = createServiceFixture({
    RINGBACK_LOCAL: 'false',
    INSPECTOR: 'true',
    TOKEN_ISSUERS: 'https://login.example/v2.0',
    TOKEN_AUDIENCES: 'ringback',
  })
  expect([deployed.service.eventLog, deployed.service.faults]).toEqual([undefined, undefined])
  const switchedOff = createServiceFixture({ INSPECTOR: 'false' })
  const countRequests = async (fixture: ReturnType<typeof createServiceFixture>): Promise<number> => {
    let requests = 0
    fixture.tables.before = () => void requests++
    await fixture.createCall(incomingCall)
    await fixture.drain()
    await fixture.changeCall(answer)
    return requests
  }
  expect(await countRequests(createServiceFixture())).toBe(await countRequests(switchedOff))
})

test('the calls of all applications are listed together, the newest first, in pages', async () => {
  const { service, createCall, clock } = createServiceFixture()
  for (const [index, applicationId] of ['b', 'a', 'c', 'a', 'b'].entries()) {
    await createCall({ ...outgoingCall('ann'), id: `call-${index}`, applicationId })
    clock.advance(10)
  }
  const first = await listCallSummaries(service, undefined, 2)
  expect(first.calls.map(({ id }) => id)).toEqual(['call-4', 'call-3'])
  const second = await listCallSummaries(service, first.next, 2)
  expect(second.calls.map(({ id }) => id)).toEqual(['call-2', 'call-1'])
  const third = await listCallSummaries(service, second.next, 2)
  expect(third.calls.map(({ id }) => id)).toEqual(['call-0'])
  expect(third.next).toBeUndefined()
})

test('calls of the same millisecond are on different pages, each once', async () => {
  const { service, createCall } = createServiceFixture()
  for (const id of ['one', 'two', 'three']) await createCall({ ...outgoingCall('ann'), id })
  const first = await listCallSummaries(service, undefined, 2)
  const second = await listCallSummaries(service, first.next, 2)
  expect([...first.calls, ...second.calls].map(({ id }) => id).toSorted()).toEqual(['one', 'three', 'two'])
})

test('the summary of a call names its people and their state', async () => {
  const { service, createCall, changeCall } = createServiceFixture()
  await createCall(incomingCall)
  const readPeople = async () => {
    const { people } = await readCallView(service, CALL)
    return people.map(({ identity, state }) => `${identity.id} ${state}`)
  }
  expect(await readPeople()).toEqual(['caller calling'])
  await changeCall(answer)
  expect(await readPeople()).toEqual(['caller inCall'])
  await changeCall({ type: 'invite', participants: [{ identity: { kind: 'user', id: 'ann' } }] })
  expect(await readPeople()).toEqual(['caller inCall', 'ann ringing'])
})

test('a phone shows the calls of its person until they end', async () => {
  const { service, createCall, changeCall } = createServiceFixture()
  await createCall(outgoingCall('ann'))
  expect(await readPhoneView(service, 'ANN')).toMatchObject({
    calls: [{ callId: CALL, state: 'ringing', botName: 'A bot' }],
  })
  expect(await readPhoneView(service, 'bob')).toEqual({ calls: [] })
  await changeCall({ type: 'personAnswers', personId: 'ann' })
  expect(await readPhoneView(service, 'ann')).toMatchObject({ calls: [{ state: 'inCall', prompts: [] }] })
  await changeCall({ type: 'hangUp' })
  expect(await readPhoneView(service, 'ann')).toEqual({ calls: [] })
})

test('a phone knows the prompt that plays, and when the bot listens', async () => {
  const { service, createCall, changeCall, clock, run } = createServiceFixture()
  await createCall(outgoingCall('ann'))
  await changeCall({ type: 'personAnswers', personId: 'ann' })
  await changeCall({ type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/hello.wav' }, loop: 2 }] })
  const readPhoneCall = async () => (await readPhoneView(service, 'ann')).calls[0]
  expect(await readPhoneCall()).toMatchObject({
    prompts: [{ uri: 'https://bot.example/hello.wav', loop: 2 }],
    isRecording: false,
  })
  await run(1_000)
  expect(await readPhoneCall()).toMatchObject({ prompts: [] })
  await changeCall({
    type: 'recordResponse',
    prompts: [],
    bargeInAllowed: false,
    settings: { initialSilenceMs: 5_000, maxSilenceMs: 2_000, maxDurationMs: 10_000, stopTones: [] },
    recordingsUrl: 'https://ringback.example/recordings',
  })
  expect(clock.now()).toBeGreaterThan(START)
  expect(await readPhoneCall()).toMatchObject({ isRecording: true })
})

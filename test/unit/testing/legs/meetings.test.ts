import { expect, test } from 'vitest'
import { expectRosters, MEETING, meet, startApplications } from './applications.js'

// Applications in the same meeting: each has a call of its own, and sees the others and their people.

test('three applications join a meeting, and each sees the others', async () => {
  const { alpha, beta, gamma } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  await expectRosters([first, second], ['alpha', 'beta'])
  const [third] = await meet(gamma)
  await expectRosters([first, second, third], ['alpha', 'beta', 'gamma'])
})

test('a participant has the same id in every call', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  await ringback.person('amar').joins(first.id)
  await settle()
  const idsOf = async (call: typeof first) =>
    (await call.participants()).map(({ id }) => id.replaceAll('-', '').toLowerCase()).sort()
  expect(await idsOf(first)).toHaveLength(3)
  expect(await idsOf(second)).toEqual(await idsOf(first))
})

test('people who join or leave through one application do so for all', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const calls = await meet(alpha, beta, gamma)
  await ringback.person('amar').joins(calls[0].id)
  await ringback.person('nora').joins(calls[1].id)
  await settle()
  await expectRosters(calls, ['alpha', 'amar', 'beta', 'gamma', 'nora'])
  await ringback.person('nora').leaves()
  await settle()
  await expectRosters(calls, ['alpha', 'amar', 'beta', 'gamma'])
})

test('the same person cannot join through two applications', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  await ringback.person('amar').joins(first.id)
  await settle()
  await expect(ringback.person('amar').joins(second.id)).rejects.toThrow('is in the call or invited to it')
})

test('an application leaves the meeting for all, and the others stay', async () => {
  const { alpha, beta, gamma, settle } = await startApplications()
  const [first, second, third] = await meet(alpha, beta, gamma)
  await second.hangUp()
  await expectRosters([first, third], ['alpha', 'gamma'])
  expect(second.end()).toBe('AppInitiated')
  await third.hangUp()
  await settle()
  // A meeting goes on without others.
  await expectRosters([first], ['alpha'])
  expect(await first.state()).toBe('established')
})

test('an application that comes back is a new participant', async () => {
  const { alpha, beta } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  await second.hangUp()
  const [again] = await meet(beta)
  await expectRosters([first, again], ['alpha', 'beta'])
})

test('people stay when the application through which they joined leaves, and act in the call of another one', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [first, second, third] = await meet(alpha, beta, gamma)
  const amar = ringback.person('amar')
  await amar.joins(first.id)
  await settle()
  await first.hangUp()
  await expectRosters([second, third], ['amar', 'beta', 'gamma'])
  await amar.mutes()
  await settle()
  expect([await second.muted(), await third.muted()]).toEqual([['amar'], ['amar']])
  await second.hangUp()
  await expectRosters([third], ['amar', 'gamma'])
  await amar.unmutes()
  await settle()
  expect(await third.muted()).toEqual([])
  await amar.leaves()
  await settle()
  await expectRosters([third], ['gamma'])
})

test('people who stay remain muted, in the lobby and the presenter', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [first, ...others] = await meet(alpha, beta, gamma)
  const [amar, nora] = [ringback.person('amar'), ringback.person('nora')]
  await amar.joins(first.id)
  await nora.joins(first.id, { inLobby: true })
  await amar.mutes()
  await amar.shares()
  await settle()
  await first.hangUp()
  const waiting = async (call: (typeof others)[number]) =>
    (await call.participants()).filter(({ isInLobby }) => isInLobby).map(({ info }) => info.identity.user.id)
  for (const call of others) {
    expect([await call.muted(), await call.presenters(), await waiting(call)]).toEqual([['amar'], ['amar'], ['nora']])
  }
  await nora.isAdmitted()
  await amar.unmutes()
  await amar.stopsSharing()
  await settle()
  for (const call of others) {
    expect([await call.muted(), await call.presenters(), await waiting(call)]).toEqual([[], [], []])
  }
})

test('the call of an application that has left is removed, and the others go on', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications({ RETENTION_MS: 60_000 })
  const [first, second, third] = await meet(alpha, beta, gamma)
  await ringback.person('amar').joins(first.id)
  await settle()
  await first.hangUp()
  await ringback.advance('10m')
  await expectRosters([second, third], ['amar', 'beta', 'gamma'])
  await ringback.person('amar').leaves()
  await settle()
  await expectRosters([second, third], ['beta', 'gamma'])
})

test('a restored snapshot has the meeting of the applications, which goes on', async () => {
  const { ringback, alpha, beta, gamma, settle } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  await ringback.person('amar').joins(first.id)
  const snapshot = await ringback.snapshot()
  await first.hangUp()
  await ringback.restore(snapshot)
  await settle()
  await expectRosters([first, second], ['alpha', 'amar', 'beta'])
  const [third] = await meet(gamma)
  await expectRosters([first, second, third], ['alpha', 'amar', 'beta', 'gamma'])
})

test('a person acts in the call that they are in, also if the request names one that only shows them', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const [first, second] = await meet(alpha, beta)
  const amar = ringback.person('amar')
  await amar.joins(first.id)
  await settle()
  const acted = await amar.mutes({ call: second.call })
  expect(acted.id).toBe(first.id)
  await settle()
  expect([await first.muted(), await second.muted()]).toEqual([['amar'], ['amar']])
  await amar.leaves({ call: second.call })
  await settle()
  await expectRosters([first, second], ['alpha', 'beta'])
})

test('people who wait in the lobby, are admitted or refused, do so for all', async () => {
  const { ringback, alpha, beta, settle } = await startApplications()
  const calls = await meet(alpha, beta)
  const waiting = async () =>
    Promise.all(
      calls.map(async (call) =>
        (await call.participants()).filter(({ isInLobby }) => isInLobby).map(({ info }) => info.identity.user.id),
      ),
    )
  await ringback.person('amar').joins(calls[0].id, { inLobby: true })
  await ringback.person('nora').joins(calls[0].id, { inLobby: true })
  await settle()
  expect((await waiting()).map((ids) => ids.sort())).toEqual([
    ['amar', 'nora'],
    ['amar', 'nora'],
  ])
  await ringback.person('amar').isAdmitted({ call: calls[1].call })
  await ringback.person('nora').isRefused()
  await settle()
  expect(await waiting()).toEqual([[], []])
  await expectRosters(calls, ['alpha', 'amar', 'beta'])
})

test('the calls of one application meet only when another application joins', async () => {
  const { alpha, beta } = await startApplications()
  const own = await meet(alpha, alpha)
  await expectRosters(own, ['alpha'])
  const [other] = await meet(beta)
  await expectRosters([...own, other], ['alpha', 'alpha', 'beta'])
})

test('meetings with another chat, organizer or tenant are others', async () => {
  const { ringback, alpha, beta } = await startApplications()
  const [first] = await meet(alpha)
  const { chatInfo, meetingInfo } = MEETING
  const otherChat = await beta.joins({ meetingInfo, chatInfo: { ...chatInfo, threadId: '19:other@thread.v2' } })
  const otherOrganizer = await beta.joins({
    chatInfo,
    meetingInfo: { ...meetingInfo, organizer: { user: { id: 'otto' } } },
  })
  const foreign = await ringback.bot()
  const { callbackUrl: callbackUri } = foreign
  const created = await foreign.request('POST', '/v1.0/communications/calls', {
    ...MEETING,
    callbackUri,
    requestedModalities: [],
  })
  expect(created.status).toBe(201)
  await expectRosters([first], ['alpha'])
  await expectRosters([otherChat, otherOrganizer], ['beta'])
})

test('calls with the same join meeting id are in the same meeting', async () => {
  const { alpha, gamma } = await startApplications()
  const meetingInfo = { '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo', joinMeetingId: '1234567890' }
  await expectRosters([await alpha.joins({ meetingInfo })], ['alpha'])
  const second = await gamma.joins({ meetingInfo: { ...meetingInfo, joinMeetingId: '123 456 789 0' } })
  await expectRosters([second], ['alpha', 'gamma'])
})

test('an application that is invited by a meeting answers, and is in it with the applications that are there', async () => {
  const { ringback, alpha, beta, settle, operate } = await startApplications()
  const [first] = await meet(alpha)
  await ringback.person('amar').joins(first.id)
  await operate('/simulator/calls', {
    to: { application: { id: beta.bot.applicationId } },
    from: { user: { id: 'olga' } },
    ...MEETING,
  })
  const second = await beta.rings()
  await settle()
  await expectRosters([first], ['alpha', 'amar'])
  await second.answer()
  await expectRosters([first, second], ['alpha', 'amar', 'beta', 'olga'])
})

test('applications that join a created meeting by its chat and by its number meet', async () => {
  const { alpha, gamma } = await startApplications()
  const created = await alpha.request('POST', '/v1.0/users/olga/onlineMeetings', {})
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
  const { chatInfo, participants, joinMeetingIdSettings } = (await created.json()) as any
  const organizer = participants.organizer.identity
  const { joinMeetingId, passcode } = joinMeetingIdSettings
  const first = await alpha.joins({
    chatInfo,
    meetingInfo: { '@odata.type': '#microsoft.graph.organizerMeetingInfo', organizer },
  })
  const second = await gamma.joins({
    meetingInfo: { '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo', joinMeetingId, passcode },
  })
  expect([await first.roster(), await second.roster()]).toEqual([
    ['alpha', 'gamma'],
    ['alpha', 'gamma'],
  ])
})

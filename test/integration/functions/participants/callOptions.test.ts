import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  establishedWithAudio,
  getNotification,
  joinCall,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { meetingBody, type TestBot, user } from '../../../support/testBot.js'

// callOptions change the rosters of the current API, and nothing in the 2019 API.

interface Entry {
  readonly id: string
  readonly isMuted: boolean
  readonly info: { readonly identity: object }
  readonly removedState?: object
}

async function joinMeeting(dialect: Dialect, callOptions: object) {
  const bot = await newBot()
  const meeting = await create(bot, dialect, { ...meetingBody(bot.callbackUri), callOptions })
  await bot.waitFor(3)
  const own: string = (await bot.request('GET', meeting)).body.myParticipantId
  return { bot, meeting, own }
}

/** The changes in the notification of this number: the sequence number, and the entries with what they say. */
function readDelta(bot: TestBot, number: number) {
  const { changeType, resourceUrl, resourceData } = getNotification(bot, number)
  expect([changeType, resourceUrl.split('/').at(-1), resourceData.length]).toEqual(['updated', 'participants', 1])
  const [{ sequenceNumber, participants, ...rest }] = resourceData
  expect(rest).toEqual({ '@odata.type': '#microsoft.graph.deltaParticipants' })
  const entries = participants.map(({ id, isMuted, removedState }: Entry) => [id, isMuted, removedState])
  return { sequenceNumber, entries }
}

test('with isDeltaRosterEnabled the bot is notified of what has changed in the roster', async () => {
  const { bot, meeting, own } = await joinMeeting(COMMUNICATIONS, { isDeltaRosterEnabled: true })
  const personId = randomUUID()
  const first = await joinCall(bot, meeting, COMMUNICATIONS, { personId })
  const second = await joinCall(bot, meeting, COMMUNICATIONS)
  await bot.request('POST', `${meeting}/participants/muteAll`)
  await actAsPerson(bot, personId, 'leave')
  await bot.waitFor(7)

  const removedState = { '@odata.type': '#microsoft.graph.removedState', reason: 'Removed' }
  expect([3, 4, 5, 6, 7].map((number) => readDelta(bot, number))).toEqual([
    { sequenceNumber: 1, entries: [[own, false, undefined]] },
    { sequenceNumber: 2, entries: [[first, false, undefined]] },
    { sequenceNumber: 3, entries: [[second, false, undefined]] },
    {
      sequenceNumber: 4,
      entries: [
        [first, true, undefined],
        [second, true, undefined],
      ],
    },
    { sequenceNumber: 5, entries: [[first, true, removedState]] },
  ])
  const entry = getNotification(bot, 4).resourceData[0].participants[0]
  expect(entry).toMatchObject({
    '@odata.type': '#microsoft.graph.participant',
    info: { identity: { user: { id: personId } }, participantId: first },
    rosterSequenceNumber: 2,
    mediaStreams: expect.arrayContaining([expect.objectContaining({ mediaType: 'audio' })]),
  })
  expect(getNotification(bot, 7).resourceData[0].participants[0]).toMatchObject({
    info: { participantId: first },
    rosterSequenceNumber: 5,
  })
  expect((await bot.request('GET', `${meeting}/participants`)).body.value).toHaveLength(2)
})

test('an incoming call has the options of its answer', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  const callOptions = { '@odata.type': '#microsoft.graph.incomingCallOptions', isDeltaRosterEnabled: true }
  await bot.request('POST', `${call}/answer`, { ...ANSWER, callOptions })
  await bot.waitFor(4)
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await bot.waitFor(6)
  const { sequenceNumber, entries } = readDelta(bot, 6)
  expect([sequenceNumber, entries.length]).toEqual([1, 3])
})

test.each(dialects.flatMap((of) => [true, false].map((isHidden) => ({ ...of, of, isHidden }))))(
  '$dialect: the roster of a call that becomes a group call, with hideBotAfterEscalation $isHidden',
  async ({ of, isHidden }) => {
    const bot = await newBot()
    const callOptions = { hideBotAfterEscalation: isHidden, isInteractiveRosterEnabled: true }
    const call = await create(bot, of, { ...callBody(bot), callOptions })
    const established = 1 + establishedWithAudio(of).length
    await bot.waitFor(established)
    await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
    await bot.waitFor(established + 2)

    const kinds = (roster: Entry[]) =>
      roster.flatMap(({ info }) => Object.keys(info.identity).filter((key) => !key.startsWith('@')))
    const isBotShown = of === APP2019 || !isHidden
    const expected = isBotShown ? ['application', 'user', 'user'] : ['user', 'user']
    expect(kinds(getNotification(bot, established + 2).resourceData).toSorted()).toEqual(expected)
    const { value } = (await bot.request('GET', `${call}/participants`)).body
    expect(kinds(value).toSorted()).toEqual(expected)
    const { myParticipantId } = (await bot.request('GET', call)).body
    const own = await bot.request('GET', `${call}/participants/${myParticipantId}`)
    expect(own.status).toBe(isBotShown ? 200 : 404)
  },
)

test('the changes of the roster do not contain a hidden bot, and muting it is no change', async () => {
  const bot = await newBot()
  const callOptions = { hideBotAfterEscalation: true, isDeltaRosterEnabled: true }
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, { ...callBody(bot, personId), callOptions })
  await bot.waitFor(3)
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await bot.waitFor(5)
  expect((await bot.request('POST', `${call}/mute`)).status).toBe(200)
  await actAsPerson(bot, personId, 'mute')
  await bot.waitFor(6)
  expect(readDelta(bot, 5)).toMatchObject({ sequenceNumber: 1, entries: { length: 2 } })
  expect(readDelta(bot, 6)).toMatchObject({ sequenceNumber: 2, entries: { length: 1 } })
})

test('in a meeting the bot is not hidden', async () => {
  const { bot } = await joinMeeting(COMMUNICATIONS, { hideBotAfterEscalation: true })
  expect(getNotification(bot, 3).resourceData).toHaveLength(1)
})

test('the 2019 API sends whole rosters whatever the options', async () => {
  const { bot, meeting } = await joinMeeting(APP2019, { isDeltaRosterEnabled: true, hideBotAfterEscalation: true })
  await joinCall(bot, meeting, APP2019)
  expect(bot.flow().slice(2)).toEqual(['updated participants 1', 'updated participants 2'])
  expect(getNotification(bot, 4).resourceData[0]['@odata.type']).toBe('#microsoft.graph.participant')
})

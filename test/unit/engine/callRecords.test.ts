import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Caller } from '../../../shared/auth/accessTokens.js'
import type { Command, CreationCommand } from '../../../shared/calls/commands.js'
import { DIALECT_NAMES, type DialectName } from '../../../shared/calls/resources.js'
import { listEndedCalls, readCallRecord } from '../../../shared/engine/callRecords.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import { renderRecord } from '../../../shared/graph/callRecords.js'
import { readTimeFilter } from '../../../shared/graph/timeFilter.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { createServiceFixture, START } from '../../support/serviceFixture.js'

// What the record of a call says, made from the call and its stored notifications.

const caller: Caller = { applicationId: 'reader', tenantId: 'tenant', isForAnyTenant: false, roles: new Set() }
const ALL = { sessions: true, segments: true, participants: true }
const EVER = readTimeFilter(undefined, 'startDateTime')

function newWorld() {
  const fixture = createServiceFixture()
  // The ids of participants in rosters are GUIDs.
  const service = { ...fixture.service, newId: randomUUID }
  const create = (command: CreationCommand, dialect: DialectName = 'communications') =>
    createCall(service, command, dialect)
  /** Carries out each command a second after the one before. */
  const play = async (id: string, ...commands: Command[]) => {
    for (const command of commands) {
      fixture.clock.advance(1_000)
      await changeCall(service, id, command, { authorize: () => undefined })
    }
  }
  const read = async (id: string) => {
    const found = await readCallRecord(service, caller, id)
    return found && renderRecord(found.ended, found.attendance, ALL)
  }
  return { fixture, service, create, play, read }
}

/** Seconds since the beginning. */
const secondsOf = (dateTime: string) => (Date.parse(dateTime) - START) / 1000
async function play(dialect: DialectName, command: CreationCommand, ...commands: Command[]) {
  const world = newWorld()
  const id = randomUUID()
  await world.create({ ...command, id }, dialect)
  await world.play(id, ...commands)
  const record = await world.read(id)
  if (!record) throw new Error('expected a record')
  return { ...world, id, record }
}
type Record = Awaited<ReturnType<typeof play>>['record']
const nameOf = (endpoint: object) =>
  'associatedIdentity' in endpoint
    ? (endpoint.associatedIdentity as { id: string }).id
    : (endpoint as { userAgent: { role: string } }).userAgent.role
const describeSessions = ({ sessions = [] }: Record) =>
  sessions.map(
    ({ caller: from, callee, startDateTime, endDateTime }) =>
      `${nameOf(from)} to ${nameOf(callee)} ${secondsOf(startDateTime)}-${secondsOf(endDateTime)}`,
  )
const peopleOf = ({ participants_v2 = [] }: Record) => participants_v2.map(({ id }) => id)

const joins = (id: string, isInLobby = false): Command => ({
  type: 'personJoins',
  info: participantInfo(id),
  isInLobby,
})
const leaves = (personId: string): Command => ({ type: 'personLeaves', personId })
const hangUp: Command = { type: 'hangUp' }
const MCU = 'skypeForBusinessAudioVideoMcu'

test.each(DIALECT_NAMES)('%s: a meeting has a session for each stay of a participant', async (dialect) => {
  const { record, id } = await play(
    dialect,
    meeting(['audio']),
    joins('ann'),
    joins('bob'),
    leaves('ann'),
    joins('ann'),
    hangUp,
  )
  expect(describeSessions(record)).toEqual([
    `customBot to ${MCU} 0-5`,
    `ann to ${MCU} 1-3`,
    `bob to ${MCU} 2-5`,
    `ann to ${MCU} 4-5`,
  ])
  expect(new Set(record.sessions?.map((session) => session.id)).size).toBe(4)
  expect(peopleOf(record)).toEqual(['bot', 'ann', 'bob'])
  expect(record).toMatchObject({
    ...{ id, version: 1, type: 'groupCall', modalities: ['audio'] },
    organizer: { user: { id: 'organizer' } },
    organizer_v2: { id: 'organizer' },
    participants: [{ application: { id: 'bot' } }, { user: { id: 'ann' } }, { user: { id: 'bob' } }],
    joinWebUrl: expect.stringContaining('/19%3athread/0?context='),
  })
  expect([record.startDateTime, record.endDateTime, record.lastModifiedDateTime].map(secondsOf)).toEqual([0, 5, 5])
})

test.each(DIALECT_NAMES)('%s: a peer-to-peer call has one session from its caller to its callee', async (dialect) => {
  const { record, id } = await play(dialect, incomingCall, answer, leaves('caller'))
  expect(describeSessions(record)).toEqual(['caller to customBot 0-2'])
  expect(peopleOf(record)).toEqual(['caller', 'bot'])
  expect(record).toMatchObject({ type: 'peerToPeer', modalities: ['audio'], joinWebUrl: null })
  expect(record.sessions).toMatchObject([{ id, failureInfo: null, segments: [{ id, failureInfo: null, media: [] }] }])
})

test.each(DIALECT_NAMES)(
  '%s: a call that becomes a group call keeps the times of its first participants',
  async (dialect) => {
    const invited: Command = { type: 'invite', participants: [participantInfo('ann')] }
    const answers: Command = { type: 'personAnswers', personId: 'ann' }
    const { record } = await play(dialect, incomingCall, answer, invited, answers, leaves('caller'), hangUp)
    expect(describeSessions(record)).toEqual([
      `customBot to ${MCU} 1-5`,
      ...[`caller to ${MCU} 1-4`, `ann to ${MCU} 3-5`],
    ])
    expect(record.type).toBe('groupCall')
  },
)

test('a bot that is hidden from the roster, and one that gets changes only, have the same sessions', async () => {
  const invited: Command = { type: 'invite', participants: [participantInfo('ann')] }
  const answers: Command = { type: 'personAnswers', personId: 'ann' }
  for (const option of ['hideBotAfterEscalation', 'isDeltaRosterEnabled']) {
    const answered = { ...answer, callOptions: { [option]: true } }
    const commands = [answered, invited, answers, joins('bob'), leaves('caller'), hangUp]
    const { record } = await play('communications', incomingCall, ...commands)
    expect(describeSessions(record)).toEqual([
      `customBot to ${MCU} 1-6`,
      ...[`caller to ${MCU} 1-5`, `ann to ${MCU} 3-6`, `bob to ${MCU} 4-6`],
    ])
  }
})

test.each(DIALECT_NAMES)('%s: who waits in the lobby joins when they are admitted', async (dialect) => {
  const admitted: Command = { type: 'personIsAdmitted', personId: 'ann' }
  const refused: Command = { type: 'personIsRefused', personId: 'bob' }
  const { record } = await play(dialect, meeting(), joins('ann', true), joins('bob', true), admitted, refused, hangUp)
  expect(describeSessions(record)).toEqual([`customBot to ${MCU} 0-5`, `ann to ${MCU} 3-5`])
})

test.each([
  ['is not answered', { ...incomingCall }, { type: 'answerTimedOut' }, 'callSetup'],
  ['is rejected', { ...incomingCall }, { type: 'reject', reason: 'busy' }, 'callSetup'],
  ['is declined', outgoingCall('ann'), { type: 'personDeclines', personId: 'ann' }, 'callSetup'],
  ['reaches none of several', outgoingCall('ann', 'bob'), hangUp, 'callSetup'],
  ['is not kept alive', meeting(), { type: 'keepAliveTimedOut' }, 'midcall'],
] satisfies [string, CreationCommand, Command, string][])('a call that %s says so', async (_, command, end, stage) => {
  const { record } = await play('communications', command, end)
  const failureInfo = { stage, reason: expect.stringMatching(/\.$/) }
  expect(record.sessions).toMatchObject([{ failureInfo, segments: [{ failureInfo }] }])
})

test('a call that has not ended, one of another tenant, and one that does not exist have no record', async () => {
  const world = newWorld()
  const [open, ended, foreign] = [randomUUID(), randomUUID(), randomUUID()]
  await world.create({ ...meeting(), id: open })
  await world.create({ ...meeting(), id: ended })
  await world.create({ ...meeting(), id: foreign, tenantId: 'another tenant' })
  await world.play(ended, hangUp)
  await world.play(foreign, hangUp)
  const records = await Promise.all([open, foreign, randomUUID(), ended].map(world.read))
  expect(records.map((record) => record?.id)).toEqual([undefined, undefined, undefined, ended])
})

test('the list has the ended calls of the tenant in a time, in pages', async () => {
  const world = newWorld()
  const ids: string[] = []
  for (let second = 0; second < 130; second++) {
    const id = randomUUID()
    await world.create({ ...meeting(), id, applicationId: second % 2 ? 'bot' : 'another bot' })
    await world.play(id, hangUp)
    ids.push(id)
  }
  const [foreign, open] = [randomUUID(), randomUUID()]
  await world.create({ ...meeting(), id: foreign, tenantId: 'another tenant' })
  await world.play(foreign, hangUp)
  await world.create({ ...meeting(), id: open })
  const listAll = async (range = EVER) => {
    const pages: string[][] = []
    let after: Parameters<typeof listEndedCalls>[3]
    do {
      const { ended, next } = await listEndedCalls(world.service, caller, range, after)
      pages.push(ended.map(({ call }) => call.id))
      after = next
    } while (after)
    return pages
  }
  const at = (second: number) => new Date(START + second * 1000).toISOString()
  expect((await listAll()).flat().toSorted()).toEqual(ids.toSorted())
  const range = readTimeFilter(`startDateTime ge ${at(100)} and startdatetime lt ${at(110)}`, 'startDateTime')
  const pages = await listAll(range)
  expect(pages.flat().toSorted()).toEqual(ids.slice(100, 110).toSorted())
  expect(pages).toHaveLength(3)
})

test('a record is there until the call is removed', async () => {
  const { fixture, service, id, read } = await play('communications', meeting(), joins('ann'), hangUp)
  await fixture.drain({ callId: id })
  fixture.clock.advance(service.settings.RETENTION_MS - 1)
  await fixture.sweep()
  expect((await read(id))?.id).toBe(id)
  fixture.clock.advance(60_000)
  await fixture.sweep()
  expect(await read(id)).toBeUndefined()
  expect((await listEndedCalls(service, caller, EVER, undefined)).ended).toEqual([])
})

test('a record is one read of the call and one of its partition', async () => {
  const { fixture, id, read } = await play('communications', meeting(), joins('ann'), hangUp)
  const requests: string[] = []
  fixture.tables.before = ({ name }) => void requests.push(name)
  await read(id)
  expect(requests).toEqual(['read calls', 'list calls'])
})

test.each([
  ['startDateTime ge 2026-01-31T09:30:00Z', Date.parse('2026-01-31T09:30:00Z'), Number.POSITIVE_INFINITY],
  ['startDateTime gt 2026-01-31T09:30:00Z', Date.parse('2026-01-31T09:30:00.001Z'), Number.POSITIVE_INFINITY],
  ['startDateTime le 2026-01-31T09:30:00.0000000Z', Number.NEGATIVE_INFINITY, Date.parse('2026-01-31T09:30:00.001Z')],
  [' startDateTime  lt 2026-01-31T10:30:00%2B01:00', Number.NEGATIVE_INFINITY, Date.parse('2026-01-31T09:30:00Z')],
])('the filter %s is read', (filter, from, to) => {
  expect(readTimeFilter(decodeURIComponent(filter), 'startDateTime')).toEqual({ from, to })
})

test.each([
  ['', '$filter: must compare startDateTime'],
  ['endDateTime ge 2026-01-31T09:30:00Z', '$filter: must compare startDateTime'],
  ['startDateTime eq 2026-01-31T09:30:00Z', '$filter: must compare startDateTime'],
  ['startDateTime ge 2026-01-31T09:30:00Z or x', '$filter: must compare startDateTime'],
  ['startDateTime ge', '$filter: is required.'],
  ['startDateTime ge yesterday', '$filter: must be a date and a time'],
])('the filter "%s" is refused', (filter, says) => {
  expect(() => readTimeFilter(filter, 'startDateTime')).toThrow(says)
})

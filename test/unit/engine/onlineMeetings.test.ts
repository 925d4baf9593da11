import { expect, test } from 'vitest'
import { completeMeeting, createMeeting, updateMeeting } from '../../../shared/engine/onlineMeetings.js'
import { meetingOfNumber, type OnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import {
  createServiceFixture,
  failRequests,
  runOnce,
  type ServiceFixture,
  START,
} from '../../support/serviceFixture.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const caller = { applicationId: 'bot', tenantId: TENANT, isForAnyTenant: false, roles: new Set<string>() }
const newMeeting = (number: string, properties: Partial<OnlineMeeting> = {}): OnlineMeeting => ({
  ...meetingOfNumber(number, { organizerId: 'heidi', tenantId: TENANT, createdAt: START }),
  ...properties,
})
const update = ({ service }: ServiceFixture, meeting: OnlineMeeting, properties: Partial<OnlineMeeting>) =>
  updateMeeting(service, caller, meeting, { properties })
const listMeetings = async ({ tables }: ServiceFixture) =>
  (await tables.list<OnlineMeeting>('meetings', { to: '~' })).map(({ value }) => value.subject)

/** Advances the clock at once, and lets the sweep run. */
async function skip(fixture: ServiceFixture, ms: number): Promise<void> {
  fixture.clock.advance(ms)
  await fixture.run(90_000)
}

test('a meeting is removed a day after its end, with its watchdog entry', async () => {
  const fixture = createServiceFixture()
  await createMeeting(fixture.service, () => newMeeting('1', { subject: 'Weekly' }))
  await skip(fixture, DAY)
  expect(await listMeetings(fixture)).toEqual(['Weekly'])

  await skip(fixture, HOUR)
  expect(await listMeetings(fixture)).toEqual([])
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test.each([
  ['later', 48 * HOUR],
  ['earlier', 0],
])('a meeting that was changed to end %s is removed a day after its new end', async (_, duration) => {
  const fixture = createServiceFixture()
  const { meeting } = await createMeeting(fixture.service, () => newMeeting('1'))
  await update(fixture, meeting, { subject: 'Moved', startAt: START, endAt: START + duration })
  await skip(fixture, DAY + duration - HOUR / 2)
  expect(await listMeetings(fixture)).toEqual(['Moved'])

  await skip(fixture, HOUR)
  expect(await listMeetings(fixture)).toEqual([])
  await skip(fixture, 2 * DAY)
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('a meeting that has ended long ago is kept for a day after it was created or changed', async () => {
  const fixture = createServiceFixture()
  await createMeeting(fixture.service, () => newMeeting('1', { subject: 'Past', startAt: 0, endAt: 1 }))
  await skip(fixture, DAY - HOUR)
  expect(await listMeetings(fixture)).toEqual(['Past'])
})

test('a meeting that is changed while the sweep removes it stays', async () => {
  const fixture = createServiceFixture()
  const { meeting } = await createMeeting(fixture.service, () => newMeeting('1'))
  fixture.clock.advance(DAY + HOUR + 60_000)
  const change = { subject: 'Changed', startAt: START, endAt: START + 3 * DAY }
  fixture.tables.after = runOnce('read meetings', () => update(fixture, meeting, change))
  await skip(fixture, 0)
  expect(await listMeetings(fixture)).toEqual(['Changed'])

  await skip(fixture, 4 * DAY)
  expect(await listMeetings(fixture)).toEqual([])
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('the watchdog entry of a meeting is written before its row, and an entry without a row is removed', async () => {
  const fixture = createServiceFixture()
  fixture.tables.before = failRequests('write meetings')
  await expect(createMeeting(fixture.service, () => newMeeting('1'))).rejects.toThrow(StorageUnavailable)
  expect(await fixture.listWatchdogTimes()).toEqual([DAY + HOUR + 60_000])

  await skip(fixture, DAY + HOUR)
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('the changes of two requests at the same time are both kept', async () => {
  const fixture = createServiceFixture()
  const { meeting } = await createMeeting(fixture.service, () => newMeeting('1', { subject: 'Weekly' }))
  const times = { startAt: START + HOUR, endAt: START + 2 * HOUR }
  fixture.tables.after = runOnce('read meetings', () => update(fixture, meeting, times))
  await update(fixture, meeting, { subject: 'Renamed' })
  expect(await completeMeeting(fixture.service, caller, meeting)).toMatchObject({ subject: 'Renamed', ...times })
})

test('two new meetings never share a number, even if the same one is proposed for both', async () => {
  const fixture = createServiceFixture()
  const numbers = ['1', '1', '1', '2']
  const propose = () => newMeeting(numbers.shift() ?? '3')
  const [first, second] = [await createMeeting(fixture.service, propose), await createMeeting(fixture.service, propose)]
  expect([first.isNew, second.isNew]).toEqual([true, true])
  expect([first.meeting, second.meeting]).toEqual([newMeeting('1'), newMeeting('2')])
})

test('meetings whose external ids lead to the same number are different meetings', async () => {
  const fixture = createServiceFixture()
  const create = (properties: Partial<OnlineMeeting>) =>
    createMeeting(fixture.service, (attempt) => newMeeting(String(attempt), properties))
  const identities = [
    { externalId: 'a', subject: '0' },
    { externalId: 'b', subject: '1' },
    { externalId: 'a', organizerId: 'ann', subject: '2' },
  ]
  for (const isNew of [true, false]) {
    for (const identity of identities) {
      expect(await create(identity)).toMatchObject({ isNew, meeting: newMeeting(identity.subject, identity) })
    }
  }
  expect(await create({ externalId: 'a', organizerId: 'HEIDI' })).toMatchObject({ isNew: false })
})

test('callers of the tenant of a meeting, and callers for any tenant, get its stored properties', async () => {
  const { service } = createServiceFixture()
  const { meeting } = await createMeeting(service, () => newMeeting('1', { subject: 'Secret' }))
  const found = newMeeting('1')
  const read = async (overrides: Partial<typeof caller>, tenantId = TENANT) =>
    (await completeMeeting(service, { ...caller, ...overrides }, { ...found, tenantId })).subject
  expect(meeting.subject).toBe('Secret')
  expect(await read({})).toBe('Secret')
  expect(await read({}, TENANT.toUpperCase())).toBe('Secret')
  expect(await read({ tenantId: 'another', isForAnyTenant: true })).toBe('Secret')
  expect(await read({ tenantId: 'another' })).toBeUndefined()
})

test('a meeting that ends in the far future is removed a year and a day after its last change', async () => {
  const fixture = createServiceFixture()
  await createMeeting(fixture.service, () => newMeeting('1', { subject: 'Forever', endAt: Date.parse('9999-12-31') }))
  await skip(fixture, 366 * DAY)
  expect(await listMeetings(fixture)).toEqual(['Forever'])
  await skip(fixture, DAY + HOUR)
  expect(await listMeetings(fixture)).toEqual([])
})

test('an external id finds its meeting again, even if the meeting was changed after it had expired', async () => {
  const fixture = createServiceFixture()
  const propose = (attempt: number) => newMeeting(String(attempt + 1), { externalId: 'mine' })
  const { meeting } = await createMeeting(fixture.service, propose)
  await skip(fixture, 2 * DAY)
  expect(await listMeetings(fixture)).toEqual([])

  await update(fixture, newMeeting('1'), { subject: 'Changed' })
  const again = await createMeeting(fixture.service, propose)
  expect(again).toMatchObject({ isNew: false, meeting: { subject: 'Changed', externalId: 'mine' } })
  expect(again.meeting.threadId).toBe(meeting.threadId)
  expect(await createMeeting(fixture.service, propose)).toMatchObject({ isNew: false, meeting: { subject: 'Changed' } })
})

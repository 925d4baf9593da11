import { expect, test } from 'vitest'
import { describeCall, describeParties } from '../../../inspector/describe.js'
import { filterCalls, mergeCalls } from '../../../inspector/state/calls.js'
import { readView } from '../../../inspector/url.js'
import type { CallSummary, PersonOfCall } from '../../../shared/inspection/views.js'

const person = (id: string, displayName?: string): PersonOfCall => ({
  identity: { kind: 'user', id, ...(displayName && { displayName }) },
  participantId: id,
  state: 'inCall',
  isMuted: false,
  isSharing: false,
  isOnHold: false,
  modalities: ['audio'],
})

const call = (id: string, fields: Partial<CallSummary> = {}): CallSummary => ({
  id,
  applicationId: 'bot-1',
  botName: 'My bot',
  dialect: 'app',
  direction: 'incoming',
  state: 'established',
  isGroup: false,
  createdAt: 1,
  people: [person('megan', 'Megan Bowen')],
  notifications: { total: 1, pending: 0, deadLettered: 0 },
  ...fields,
})

const idsOf = (calls: readonly CallSummary[]): string[] => calls.map(({ id }) => id)

test('an update replaces a call, a new call is the first, and an older one the last', () => {
  const calls = mergeCalls([call('b', { createdAt: 2 })], [call('a', { createdAt: 1 }), call('c', { createdAt: 3 })])
  expect(idsOf(calls)).toEqual(['c', 'b', 'a'])
  expect(mergeCalls(calls, [call('b', { createdAt: 2, state: 'terminated' })])[1]).toMatchObject({
    state: 'terminated',
  })
})

test('each filter of the URL leaves the calls that match', () => {
  const calls = [
    call('a', { state: 'terminated', people: [] }),
    call('b', { applicationId: 'bot-2', people: [person('heidi', 'Heidi Steen')] }),
    call('c', { notifications: { total: 3, pending: 0, deadLettered: 1 } }),
  ]
  const filter = (search: string): string[] => idsOf(filterCalls(calls, readView(search)))
  expect(filter('')).toEqual(['a', 'b', 'c'])
  expect(filter('?app=bot-2')).toEqual(['b'])
  expect(filter('?state=live')).toEqual(['b', 'c'])
  expect(filter('?state=terminated')).toEqual(['a'])
  expect(filter('?failed=1')).toEqual(['c'])
  expect(filter('?q=HEIDI')).toEqual(['b'])
  expect(filter('?q=heidi&failed=1')).toEqual([])
})

test('the parties of a call are named, also when there are many or none', () => {
  const many = [person('a', 'A'), person('b'), person('c')]
  expect(describeParties(call('a'))).toBe('Megan Bowen → My bot')
  expect(describeParties(call('a', { direction: 'outgoing', people: many }))).toBe('My bot → A, b +1')
  expect(describeParties(call('a', { people: [] }))).toBe('Call to My bot')
})

test('a call is a sentence', () => {
  const failed = call('a', { notifications: { total: 3, pending: 1, deadLettered: 2 } })
  expect(describeCall(failed, '09:03:07')).toBe('Megan Bowen calls My bot, established, 2 dead-lettered, 09:03:07')
})

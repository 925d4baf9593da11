import { expect, test } from 'vitest'
import type { Call } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { decide } from '../../../shared/calls/rules.js'
import { applyCommands, contextAt, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'

const call = applyCommands(outgoingCall('ann'), { type: 'personAnswers', personId: 'ann' })
const toCarl = { type: 'transfer', target: participantInfo('carl') } as const satisfies Command
const apply = (current: Call, command: Command, now?: number) => decide(current, command, contextAt(now)).call
const keepAliveTime = ({ timers }: Call) => timers.find(({ id }) => id === 'keepAlive')?.at

test('a keep-alive during a transfer postpones the end of the call', () => {
  const kept = apply(apply(call, toCarl, 1_000), { type: 'keepAlive' }, 100_000)
  const failed = apply(kept, { type: 'personDeclines', personId: 'carl' }, 101_000)
  expect(failed.state).toBe('established')
  expect(keepAliveTime(failed)).toBe(100_000 + 45 * 60_000)
})

test('a participant who is being moved into another call cannot be transferred', () => {
  const [, { id: participantId = '' } = {}] = call.participants.toSorted(({ id }) =>
    id === call.myParticipantId ? -1 : 1,
  )
  const reservation = { participantId, newCallId: 'new call', operationId: 'invitation', since: 0 }
  const reserved = apply(call, { type: 'reserveParticipant', ...reservation })
  expect(() => apply(reserved, toCarl)).toThrow('ann is being moved into another call.')
})

/** A meeting with Ann as a participant, and Bob in the lobby. */
const withLobby = applyCommands(
  { ...meeting(['audio']), mediaConfig: { type: 'serviceHosted' } },
  { type: 'personJoins', info: participantInfo('ann') },
  { type: 'personJoins', info: participantInfo('bob'), isInLobby: true },
)
const transferAnn = { ...toCarl, transferee: participantInfo('ann') }

test('a transfer does not stop others from joining the meeting, or from being refused in the lobby', () => {
  const joined = apply(apply(withLobby, transferAnn), { type: 'personJoins', info: participantInfo('eve') })
  const refused = apply(joined, { type: 'personIsRefused', personId: 'bob' })
  const names = refused.participants.map(({ info }) => info.identity.id)
  expect([refused.state, names]).toEqual(['transferring', ['bot', 'ann', 'eve']])
  expect(() => apply(refused, { type: 'personJoins', info: participantInfo('carl') })).toThrow('carl is in the call')
})

test.each<[string, Command]>([
  ['a transfer', { ...toCarl, transferee: participantInfo('bob') }],
  ['a key', { type: 'personPresses', personId: 'bob', tone: 'star' }],
  ['shared content', { type: 'personShares', personId: 'bob' }],
  ['hold music', { type: 'startHoldMusic', participantId: withLobby.participants.at(-1)?.id ?? '' }],
])('%s is refused for a participant in the lobby', (_, command) => {
  expect(() => apply(withLobby, command)).toThrow('bob is in the lobby of this call.')
})

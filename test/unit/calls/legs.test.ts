import { expect, test } from 'vitest'
import type { Command } from '../../../shared/calls/commands.js'
import { applyCommands, meeting, participantInfo } from '../../support/callFixtures.js'

const joins = { type: 'personJoins', info: participantInfo('ann') } as const
const meets = (callId: string): Command => ({ type: 'legMet', callId, isMember: true })
const hangUp = { type: 'hangUp' } as const

test('the people of a meeting go to a call that has met it, even if that was not read yet', () => {
  expect(applyCommands(meeting(), joins, meets('second'), hangUp).heirCallId).toBe('second')
  expect(applyCommands(meeting(), joins, meets('second'), meets('third'), hangUp).heirCallId).toBe('third')
})

test('a meeting without people or without another call has no heir', () => {
  expect(applyCommands(meeting(), meets('second'), hangUp).heirCallId).toBeUndefined()
  expect(applyCommands(meeting(), joins, hangUp).heirCallId).toBeUndefined()
})

import { expect, test } from 'vitest'
import type { Call } from '../../../shared/calls/call.js'
import type { Command, CommandType } from '../../../shared/calls/commands.js'
import { decide } from '../../../shared/calls/rules.js'
import { dialects } from '../../../shared/graph/dialects/dialects.js'
import { assertWithinGrowthLimit, toJson } from '../../../shared/storage/tables.js'
import { applyCommands, contextAt, meeting, participantInfo } from '../../support/callFixtures.js'

const MAX_ROW_BYTES = 1000 * 1024
const newId = () => crypto.randomUUID()
const apply = (call: Call, command: Command) => decide<CommandType>(call, command, contextAt(0, { newId })).call
const nameOf = (index: number, length: number) => `${index}`.padStart(length, 'x')

/** A meeting with the bot and 349 people whose ids and names have this length. */
function fillMeeting(length: number): Call {
  let call = applyCommands({ ...meeting(['audio']), id: newId(), tenantId: newId() })
  for (let index = 1; index < 350; index++) {
    call = apply(call, { type: 'personJoins', info: participantInfo(nameOf(index, length)) })
  }
  return call
}

test('a call has at most 350 participants and invitees', () => {
  const full = fillMeeting(36)
  const says = 'The call has 350 participants and invitees; 350 are possible.'
  expect(() => apply(full, { type: 'personJoins', info: participantInfo('another') })).toThrow(says)
  expect(() => apply(full, { type: 'invite', participants: [participantInfo('another')] })).toThrow(says)
  const withRoom = apply(full, { type: 'personLeaves', personId: nameOf(1, 36) })
  expect(apply(withRoom, { type: 'personJoins', info: participantInfo('another') }).participants).toHaveLength(350)
})

test('the roster of a full call fits into a row, with names as long as the size limit of the call allows', () => {
  const mayGrow = (length: number): boolean => {
    try {
      assertWithinGrowthLimit({ call: fillMeeting(length) })
      return true
    } catch {
      return false
    }
  }
  // The longest names with which the call may still grow: one character more is over the limit.
  let [longest, tooLong] = [36, 400]
  while (tooLong - longest > 1) {
    const middle = Math.floor((longest + tooLong) / 2)
    if (mayGrow(middle)) longest = middle
    else tooLong = middle
  }
  const call = fillMeeting(longest)
  expect(longest).toBeGreaterThan(36)
  for (const dialect of Object.values(dialects)) {
    const [notification] = dialect.renderEvent({ type: 'rosterUpdated', call })
    expect(toJson(notification).length * 2).toBeLessThan(MAX_ROW_BYTES)
  }
})

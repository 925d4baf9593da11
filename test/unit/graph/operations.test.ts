import { expect, test } from 'vitest'
import type { Operation } from '../../../shared/calls/call.js'
import { finishOperation } from '../../../shared/calls/operation.js'
import { app2019 } from '../../../shared/graph/dialects/app2019.js'
import { communications } from '../../../shared/graph/dialects/communications.js'
import { applyCommands, incomingCall, participantInfo } from '../../support/callFixtures.js'

const call = applyCommands(incomingCall)
const newOperation = (overrides: Partial<Operation> = {}): Operation => ({
  id: '57dab8b1-894c-409a-b240-bd8beae78896',
  type: 'playPrompt',
  status: 'running',
  participants: [],
  joinedCount: 0,
  createdAt: 0,
  lastActionAt: 0,
  version: 1,
  ...overrides,
})

test('lastActionDateTime is the time at which an operation ended', () => {
  const ended = finishOperation(newOperation(), 5_000, 'completed', undefined)
  expect(app2019.replyToGetOperation(call, ended).body).toMatchObject({
    createdDateTime: '1970-01-01T00:00:00Z',
    lastActionDateTime: '1970-01-01T00:00:05Z',
  })
})

test.each([
  ['app', app2019],
  ['communications', communications],
])('in the dialect %s only an invitation has participants', (_, { renderEvent }) => {
  const render = (operation: Operation) => JSON.stringify(renderEvent({ type: 'operationEnded', call, operation }))
  expect(render(newOperation())).not.toContain('"participants"')
  const invitation = newOperation({ type: 'inviteParticipants', participants: [participantInfo('heidi')] })
  expect(render(invitation)).toMatch(/"participants":\[.*"id":"heidi"/)
})

import { expect, test } from 'vitest'
import { nameOperation } from '../../../shared/http/operationName.js'

test.for([
  ['POST', 'calls', undefined, 'create'],
  ['GET', 'calls/{callId}', undefined, 'get'],
  ['DELETE', 'calls/{callId}', undefined, 'delete'],
  ['POST', 'calls/{callId}', 'answer', 'answer'],
  ['POST', 'calls', 'logTeleconferenceDeviceQuality', 'logTeleconferenceDeviceQuality'],
  ['GET', 'calls/{callId}/participants', undefined, 'participants/list'],
  ['GET', 'calls/{callId}/participants/{participantId}', undefined, 'participants/get'],
  ['POST', 'calls/{callId}/participants', 'invite', 'participants/invite'],
  ['POST', 'calls/{callId}/participants/{participantId}', 'startHoldMusic', 'participants/startHoldMusic'],
  ['PATCH', 'calls/{callId}/audioRoutingGroups/{id}', undefined, 'audioRoutingGroups/update'],
  ['POST', 'onlineMeetings', 'createOrGet', 'onlineMeetings/createOrGet'],
] as const)('%s %s with the action %s is the operation %s', ([method, path, action, name]) => {
  expect(nameOperation(method, path, action)).toBe(name)
})

import type * as V1 from '@microsoft/microsoft-graph-types'
import type * as Beta from '@microsoft/microsoft-graph-types-beta'
import { expect, expectTypeOf, test } from 'vitest'
import type { renderListedRecord, renderRecord } from '../../../shared/graph/callRecords.js'
import { app2019 } from '../../../shared/graph/dialects/app2019.js'
import { communications } from '../../../shared/graph/dialects/communications.js'
import type { renderMediaPrompt, renderToneInfo } from '../../../shared/graph/dialects/resources.js'
import type { renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'
import { answer, applyCommands, incomingCall, participantInfo } from '../../support/callFixtures.js'

/** A type of Graph in our spelling: all properties are readonly, and enum values begin with a lower-case letter. */
type Written<T> = T extends string
  ? string extends T
    ? T
    : T | Uncapitalize<T>
  : T extends readonly (infer Item)[]
    ? readonly Written<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T

/** Without the properties whose types are abstract in Graph: their derived types have no property in common. */
type WithoutAbstract<T> = Omit<T, 'mediaConfig' | 'meetingInfo' | 'callOptions'>

/** The body of a reply. */
type Body<R extends (...parameters: never) => { body: unknown }> = ReturnType<R>['body']

// The compiler compares the resources with Microsoft's types (`npm run check`).

test('the resources of the current API have the types of Graph', () => {
  expectTypeOf<Body<typeof communications.replyToGetCall>>().toExtend<Written<WithoutAbstract<V1.Call>>>()
  expectTypeOf<Body<typeof communications.replyToGetParticipant>>().toExtend<Written<V1.Participant>>()
  expectTypeOf<Body<typeof communications.replyToGetOperation>>().toExtend<Written<V1.InviteParticipantsOperation>>()
  expectTypeOf<Body<typeof communications.replyToGetCall>>().toExtend<Written<WithoutAbstract<Beta.Call>>>()
  expectTypeOf<ReturnType<typeof renderOnlineMeeting>>().toExtend<Written<V1.OnlineMeeting>>()
  expectTypeOf<ReturnType<typeof renderOnlineMeeting>>().toExtend<Written<Beta.OnlineMeeting>>()
})

test('call records have the types of Graph', () => {
  expectTypeOf<ReturnType<typeof renderRecord>>().toExtend<Written<V1.CallRecords.CallRecord>>()
  expectTypeOf<ReturnType<typeof renderRecord>>().toExtend<Written<Beta.CallRecords.CallRecord>>()
  expectTypeOf<ReturnType<typeof renderListedRecord>>().toExtend<Written<V1.CallRecords.CallRecord>>()
})

test('prompts and tones have the types of Graph', () => {
  expectTypeOf<ReturnType<typeof renderMediaPrompt>>().toExtend<Written<V1.MediaPrompt>>()
  expectTypeOf<ReturnType<typeof renderMediaPrompt>>().toExtend<Written<Beta.MediaPrompt>>()
  expectTypeOf<ReturnType<typeof renderToneInfo>>().toExtend<Written<V1.ToneInfo>>()
  expectTypeOf<Body<typeof communications.replyToGetOperation>>().toExtend<Written<V1.PlayPromptOperation>>()
  expectTypeOf<Body<typeof communications.replyToGetOperation>>().toExtend<Written<V1.RecordOperation>>()
})

test('the resources of the 2019 API have the types of Graph beta, except for removed properties', () => {
  expectTypeOf<Body<typeof app2019.replyToGetCall>>().toExtend<Written<WithoutAbstract<Beta.Call>>>()
  expectTypeOf<Body<typeof app2019.replyToGetParticipant>>().toExtend<Written<Beta.Participant>>()
  expectTypeOf<Body<typeof app2019.replyToGetOperation>>().toExtend<Written<Beta.CommsOperation>>()
})

test('each dialect uses only its own spelling of ids in a notification', () => {
  const id = '57dab8b1-894c-409a-b240-bd8beae78896'
  const call = applyCommands({ ...incomingCall, id }, answer, { type: 'personLeaves', personId: 'caller' })
  const event = { type: 'terminated', call } as const
  expect(JSON.stringify(app2019.renderEvent(event))).not.toContain(id)
  expect(JSON.stringify(communications.renderEvent(event))).not.toContain(id.toUpperCase().replaceAll('-', ''))
})

test('a dialect renders an event as no, one or two notifications', () => {
  const call = applyCommands(incomingCall, answer, { type: 'hangUp' })
  const countNotifications = (type: 'terminating' | 'terminated') => [
    app2019.renderEvent({ type, call }).length,
    communications.renderEvent({ type, call }).length,
  ]
  expect(countNotifications('terminating')).toEqual([0, 1])
  expect(countNotifications('terminated')).toEqual([2, 1])
})

test('an identity has the tenant that a request gave it, in both dialects', () => {
  const info = { ...participantInfo('heidi'), identity: { kind: 'user', id: 'heidi', tenantId: 'tenant' } } as const
  const call = applyCommands(incomingCall, answer)
  const participant = { id: call.id, info, isMuted: false, isInLobby: false, mediaStreams: [], version: 1 }
  const user = { id: 'heidi', tenantId: 'tenant' }
  expect(app2019.replyToGetParticipant(call, participant).body.info.identity).toEqual({ user })
  expect(communications.replyToGetParticipant(call, participant).body.info.identity.user).toMatchObject(user)
})

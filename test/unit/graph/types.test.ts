import type * as V1 from '@microsoft/microsoft-graph-types'
import type * as Beta from '@microsoft/microsoft-graph-types-beta'
import { expect, expectTypeOf, test } from 'vitest'
import { app2019 } from '../../../shared/graph/dialects/app2019.js'
import { communications } from '../../../shared/graph/dialects/communications.js'
import type { renderMediaPrompt, renderToneInfo } from '../../../shared/graph/dialects/resources.js'
import type { renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'
import { answer, incomingCall, person, play } from '../../support/calls.js'

/** A type of Graph's as we write it: nothing of it is changed again, and enumerations begin with a small letter. */
type Written<T> = T extends string
  ? string extends T
    ? T
    : T | Uncapitalize<T>
  : T extends readonly (infer Item)[]
    ? readonly Written<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T

/** Without the properties whose types Graph leaves abstract: what derives from them has nothing in common with them. */
type Plain<T> = Omit<T, 'mediaConfig' | 'meetingInfo'>

// The compiler holds what we serialise against Microsoft's own types (`npm run check`); the rest is checked as it runs.

test("today's resources are Graph's", () => {
  expectTypeOf<ReturnType<typeof communications.renderCall>>().toExtend<Written<Plain<V1.Call>>>()
  expectTypeOf<ReturnType<typeof communications.renderParticipant>>().toExtend<Written<V1.Participant>>()
  expectTypeOf<ReturnType<typeof communications.renderOperation>>().toExtend<Written<V1.InviteParticipantsOperation>>()
  expectTypeOf<ReturnType<typeof communications.renderCall>>().toExtend<Written<Plain<Beta.Call>>>()
  expectTypeOf<ReturnType<typeof renderOnlineMeeting>>().toExtend<Written<V1.OnlineMeeting>>()
  expectTypeOf<ReturnType<typeof renderOnlineMeeting>>().toExtend<Written<Beta.OnlineMeeting>>()
})

test("prompts and tones are Graph's", () => {
  expectTypeOf<ReturnType<typeof renderMediaPrompt>>().toExtend<Written<V1.MediaPrompt>>()
  expectTypeOf<ReturnType<typeof renderMediaPrompt>>().toExtend<Written<Beta.MediaPrompt>>()
  expectTypeOf<ReturnType<typeof renderToneInfo>>().toExtend<Written<V1.ToneInfo>>()
  expectTypeOf<ReturnType<typeof communications.renderOperation>>().toExtend<Written<V1.PlayPromptOperation>>()
})

test("the resources of 2019 are Graph's beta, but for what was there then and is gone", () => {
  expectTypeOf<ReturnType<typeof app2019.renderCall>>().toExtend<Written<Plain<Beta.Call>>>()
  expectTypeOf<ReturnType<typeof app2019.renderParticipant>>().toExtend<Written<Beta.Participant>>()
  expectTypeOf<ReturnType<typeof app2019.renderOperation>>().toExtend<Written<Beta.CommsOperation>>()
})

test('each dialect spells ids its own way, in every place', () => {
  const id = '57dab8b1-894c-409a-b240-bd8beae78896'
  const call = play({ ...incomingCall, id }, answer, { type: 'connect' }, { type: 'personLeaves', personId: 'caller' })
  for (const announcement of [{ type: 'terminated', call } as const]) {
    expect(JSON.stringify(app2019.renderEvent(announcement))).not.toContain(id)
    expect(JSON.stringify(communications.renderEvent(announcement))).not.toContain(id.toUpperCase().replaceAll('-', ''))
  }
})

test('an era that says nothing of an announcement sends nothing, and one that says it twice sends two', () => {
  const call = play(incomingCall, answer, { type: 'connect' }, { type: 'hangUp' })
  const counts = (type: 'terminating' | 'terminated') => [
    app2019.renderEvent({ type, call }).length,
    communications.renderEvent({ type, call }).length,
  ]
  expect(counts('terminating')).toEqual([0, 1])
  expect(counts('terminated')).toEqual([2, 1])
})

test('the person in a roster of 2019 has no tenant, since its messages show none', () => {
  const info = { ...person('heidi'), identity: { kind: 'user', id: 'heidi', tenantId: 'tenant' } } as const
  const call = play(incomingCall, answer, { type: 'connect' })
  const participant = { id: call.id, info, isMuted: false, mediaStreams: [], version: 1 }
  expect(app2019.renderParticipant(call, participant).info.identity).toEqual({ user: { id: 'heidi' } })
  expect(communications.renderParticipant(call, participant).info.identity.user).toMatchObject({ tenantId: 'tenant' })
})

import type * as Beta from '@microsoft/microsoft-graph-types-beta'
import { expect, expectTypeOf, test } from 'vitest'
import { app2019 } from '../../../shared/graph/dialects/app2019.js'
import { communications } from '../../../shared/graph/dialects/communications.js'
import { CALL, PARTICIPANT } from '../../../shared/graph/select.js'
import { answer, applyCommands, incomingCall } from '../../support/callFixtures.js'

type Name<T extends { readonly properties: readonly string[] }> = T['properties'][number]
/** Properties that are links to other resources, which the replies do not have. */
type LinksOfCall = 'audioRoutingGroups' | 'contentSharingSessions' | 'operations' | 'participants'

test('what can be selected is what the types of Graph have', () => {
  // No page has the type of applicationMetadata, which incoming calls were observed to have.
  expectTypeOf<Exclude<Name<typeof CALL>, 'applicationMetadata'>>().toEqualTypeOf<
    Exclude<keyof Beta.Call, LinksOfCall>
  >()
  expectTypeOf<Name<typeof PARTICIPANT>>().toEqualTypeOf<keyof Beta.Participant>()
})

test('every property of a reply can be selected', () => {
  const call = applyCommands(incomingCall, answer)
  const [participant] = call.participants
  if (!participant) throw new Error('expected a participant')
  const namesOf = (body: object) => Object.keys(body).filter((name) => !name.startsWith('@'))
  for (const dialect of [app2019, communications]) {
    const { properties } = CALL
    expect(
      namesOf(dialect.replyToGetCall(call).body).filter((name) => !(properties as readonly string[]).includes(name)),
    ).toEqual([])
    const entry = namesOf(dialect.replyToGetParticipant(call, participant).body)
    expect(entry.filter((name) => !(PARTICIPANT.properties as readonly string[]).includes(name))).toEqual([])
  }
})

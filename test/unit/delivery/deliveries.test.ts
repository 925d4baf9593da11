import { expect, test } from 'vitest'
import { listDeliveries } from '../../../shared/delivery/deliveries.js'
import { incomingCall } from '../../support/callFixtures.js'
import { createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'

/** Lists all pages, and returns the ids of the calls. */
async function listCallIds({ service }: ServiceFixture, query: { since: number; applicationId?: string }) {
  const ids: string[] = []
  let page = await listDeliveries(service, query, undefined)
  for (;;) {
    ids.push(...page.deliveries.map(({ callId }) => callId))
    if (!page.next) return ids
    page = await listDeliveries(service, query, page.next)
  }
}

test('deliveries since a time are those of all calls created then or later, in any order of applications', async () => {
  const fixture = createServiceFixture()
  // More than one page.
  for (let count = 1; count <= 30; count++) {
    await fixture.createCall({ ...incomingCall, id: `old-${count}`, applicationId: 'a' })
  }
  fixture.clock.advance(1_000)
  const since = fixture.clock.now()
  for (const applicationId of ['a', 'b']) {
    await fixture.createCall({ ...incomingCall, id: `new-${applicationId}`, applicationId })
  }
  expect(await listCallIds(fixture, { since })).toEqual(['new-a', 'new-b'])
  expect(await listCallIds(fixture, { since, applicationId: 'a' })).toEqual(['new-a'])
  expect(await listCallIds(fixture, { since: since + 1 })).toEqual([])
})

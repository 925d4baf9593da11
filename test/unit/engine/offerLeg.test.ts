import { expect, test } from 'vitest'
import { outgoingCall } from '../../support/callFixtures.js'
import { createServiceFixture, failRequests, type ServiceFixture } from '../../support/serviceFixture.js'

const CALLEE = {
  applicationId: 'callee',
  displayName: 'Callee',
  tenantId: 'tenant',
  dialect: 'communications',
} as const
const LEG = 'leg'

/** An application calls another one, which is registered. */
async function callCallee({ service, createCall }: ServiceFixture): Promise<void> {
  await service.bots.put({ ...CALLEE, callingWebhook: 'https://callee.example/calls' })
  const targets = [{ identity: { kind: 'application', id: CALLEE.applicationId } }] as const
  await createCall({ ...outgoingCall(), targets, legCallIds: { callee: LEG } })
}

const listCalls = async ({ service }: ServiceFixture): Promise<string[]> =>
  (await service.callIndex.list(CALLEE.applicationId, undefined, 10)).map(({ callId }) => callId)

test('the called application has a call, which is listed', async () => {
  const fixture = createServiceFixture()
  await callCallee(fixture)
  await fixture.run(1_000)
  expect(await listCalls(fixture)).toEqual([LEG])
})

test('a call that is offered again after a failure is listed once', async () => {
  const fixture = createServiceFixture()
  await callCallee(fixture)
  // The call is in the index, and its commit fails.
  fixture.tables.before = failRequests('write calls', Number.POSITIVE_INFINITY, 'call')
  await fixture.run(1_000).catch(() => undefined)
  fixture.tables.before = () => undefined
  await fixture.run(60_000)
  expect((await fixture.service.calls.read(LEG)).record).toBeDefined()
  expect(await listCalls(fixture)).toEqual([LEG])
})

import { expect, test } from 'vitest'
import { replayCall } from '../../../shared/delivery/deliveries.js'
import { answer, incomingCall, outgoingCall } from '../../support/callFixtures.js'
import { CALL, createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'

// The callback of an incoming call may redirect its first notification. The later ones follow it there.

const TARGET = 'https://region.bot.example/calls'

interface Redirects {
  readonly fixture: ServiceFixture
  /** The URL of each POST. */
  readonly targets: string[]
  readonly redirectable: boolean[]
}

/** A bot whose webhook redirects every notification that may be redirected. */
async function createRedirectedCall(result: { status?: number } = { status: 202 }): Promise<Redirects> {
  const fixture = createServiceFixture()
  const targets: string[] = []
  const redirectable: boolean[] = []
  fixture.callback = ({ callbackUri, isRedirectable }, { redirectedTo }) => {
    targets.push(redirectedTo ?? callbackUri)
    redirectable.push(isRedirectable)
    return isRedirectable ? { ...result, redirectedTo: TARGET } : { status: 202 }
  }
  await fixture.createCall(incomingCall)
  await fixture.drain()
  return { fixture, targets, redirectable }
}

const WEBHOOK = incomingCall.callbackUri

test('only the notification of the incoming call may be redirected', async () => {
  const { fixture, redirectable } = await createRedirectedCall()
  await fixture.changeCall(answer)
  await fixture.run(2_000)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(2_000)
  expect(redirectable.length).toBeGreaterThan(3)
  expect(redirectable).toEqual([true, ...redirectable.slice(1).map(() => false)])
})

test('no notification of a call that the bot creates may be redirected', async () => {
  const fixture = createServiceFixture()
  fixture.callback = ({ isRedirectable }) => {
    expect(isRedirectable).toBe(false)
    return { status: 202 }
  }
  await fixture.createCall(outgoingCall('ann'))
  await fixture.drain()
  expect(fixture.sent.length).toBeGreaterThan(0)
})

test('later notifications go to the target of the redirect, while no answer names a callback', async () => {
  const { fixture, targets } = await createRedirectedCall()
  await fixture.changeCall(answer)
  await fixture.run(2_000)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(2_000)
  expect(targets.length).toBeGreaterThan(3)
  expect(targets).toEqual([WEBHOOK, ...targets.slice(1).map(() => TARGET)])
  expect(fixture.log.at(-1)).toContain('host=region.bot.example')
  expect((await fixture.readRecord()).call.callbackUri).toBe(WEBHOOK)
})

test.for(['https://bot.example/named', WEBHOOK])(
  'after an answer that names the callback %s, the notifications go there',
  async (callbackUri) => {
    const { fixture, targets } = await createRedirectedCall()
    await fixture.changeCall({ ...answer, callbackUri })
    await fixture.run(2_000)
    await fixture.changeCall({ type: 'hangUp' })
    await fixture.run(2_000)
    expect(targets.length).toBeGreaterThan(3)
    expect(targets).toEqual([WEBHOOK, ...targets.slice(1).map(() => callbackUri)])
  },
)

test.for([
  ['https://bot.example/named', 'https://bot.example/named'],
  [undefined, TARGET],
] as const)(
  'after a rejection with the callback %s, the last notification goes to %s',
  async ([callbackUri, target]) => {
    const { fixture, targets } = await createRedirectedCall()
    await fixture.changeCall({ type: 'reject', reason: 'busy', ...(callbackUri && { callbackUri }) })
    await fixture.run(2_000)
    expect(targets).toEqual([WEBHOOK, target])
  },
)

test('a target that has not acknowledged is not used: the next attempt asks the callback again', async () => {
  const { fixture, targets } = await createRedirectedCall({ status: 500 })
  await fixture.run(2_000)
  expect(targets).toEqual([WEBHOOK, WEBHOOK])
  expect((await fixture.readDelivery()).redirectedTo).toBeUndefined()
})

test('the target survives retries, skipped notifications and a replay', async () => {
  const { fixture, targets } = await createRedirectedCall()
  const { service } = fixture
  await fixture.changeCall(answer)
  fixture.callback = ({ sequence }, { redirectedTo, attempt }) => {
    targets.push(redirectedTo ?? '')
    return sequence === 2 && attempt < 3 ? { status: 500 } : { status: sequence === 3 ? 410 : 202 }
  }
  await service.bots.put({
    applicationId: incomingCall.applicationId,
    displayName: 'Test BOT',
    tenantId: 'tenant',
    callingWebhook: WEBHOOK,
    dialect: 'app',
    onDeadLetter: 'skip',
  })
  await fixture.run(10_000)
  expect(await fixture.readDelivery()).toMatchObject({ skipped: [3], redirectedTo: TARGET })
  await replayCall(service, CALL)
  await fixture.run(2_000)
  expect((await fixture.readDelivery()).skipped).toEqual([3])
  expect(targets.slice(1).every((target) => target === TARGET)).toBe(true)
})

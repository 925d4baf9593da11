import { expect, test } from 'vitest'
import type { Command } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { applyTimer, changeCall, createCall, startedOperation } from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import { dialects } from '../../../shared/graph/dialects/dialects.js'
import type { ClientRequest } from '../../../shared/storage/records.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import { CALL, failing, newWorld, once, present, START, type World } from '../../support/world.js'

const hangUp = { type: 'hangUp' } as const
const invite = (...ids: string[]): Command => ({ type: 'invite', participants: ids.map(person) })

/** Writes down the steps of what happens from here on. */
function watchSteps({ tables, queues }: World): string[] {
  const steps: string[] = []
  tables.before = ({ name }) => void steps.push(name)
  queues.before = (queue) => void steps.push(`send ${queue}`)
  return steps
}

/** When the sweep looks whether a bot has kept its call alive, 45 minutes after it was established. */
const KEEP_ALIVE = 2_700_000

/** A call whose row in `watch` the sweep has just put far away, so that a command must bring its own. */
async function quietCall(settings: Record<string, string> = {}): Promise<World> {
  const world = newWorld({ SIMULATOR: 'false', ...settings })
  await world.create(meeting(), 'app')
  await world.run(60_000)
  expect(await world.watched()).toEqual([KEEP_ALIVE])
  return world
}

test('a create indexes the call, watches it, commits it and sends its hints, in this order', async () => {
  const world = newWorld()
  const steps = watchSteps(world)
  await world.create(outgoingCall('ann'))
  expect(steps).toEqual([
    'write callIndex',
    'read calls',
    'write callIndex',
    'write watchdog',
    'write calls',
    'send call-timers',
    'send notifications',
  ])
  expect(world.queues.take()).toEqual([
    {
      queue: 'call-timers',
      message: { callId: CALL, timer: expect.stringMatching('^ringTimedOut:') },
      delayMs: 25_000,
    },
    { queue: 'notifications', message: { callId: CALL }, delayMs: 0 },
  ])
  const rows = await world.tables.list('callIndex', { to: '~', limit: 10 })
  expect(rows.map(({ partitionKey, value }) => [partitionKey, value])).toEqual([
    ['application:bot', { callId: CALL }],
    [expect.stringMatching('^person:'), { callId: CALL }],
  ])
  expect(await world.watched()).toEqual([10_000])
  expect(await world.record()).toMatchObject({ hasPendingWakeUp: true, sequence: 1, dialect: 'communications' })
})

test('a command on a call that nobody watches watches it before the commit', async () => {
  const world = await quietCall()
  expect((await world.record()).hasPendingWakeUp).toBe(false)
  const steps = watchSteps(world)
  await world.change({ type: 'personJoins', info: person('ann') })
  expect(steps).toEqual(['read calls', 'write callIndex', 'write watchdog', 'write calls', 'send notifications'])
  expect(await world.watched()).toEqual([world.clock.now() - START + 10_000, KEEP_ALIVE])
  expect((await world.record()).hasPendingWakeUp).toBe(true)
})

test('a command on a call that is watched already does without', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  const steps = watchSteps(world)
  await world.change(answer)
  expect(steps).toEqual(['read calls', 'write calls', 'send call-timers', 'send notifications'])
})

test('a commit that announces nothing wakes no delivery', async () => {
  const world = await quietCall()
  world.queues.take()
  const { dialect, operations } = await world.change(invite('ann'))
  expect(dialects[dialect].inviteConvertsToGroup).toBe(true)
  expect(operations).toHaveLength(1)
  expect(world.queues.take().map(({ queue }) => queue)).toEqual(['call-timers'])
})

test('no hint is sent for a timer that is over a minute away', async () => {
  const world = newWorld({ ANSWER_TIMEOUT_MS: '60001' })
  await world.create(incomingCall)
  expect(world.queues.take().map(({ queue }) => queue)).toEqual(['notifications'])
})

test('whoever begins to ring answers by a timer of the call, unless the simulator is off', async () => {
  const timersOf = async (settings: Record<string, string>) => {
    const world = newWorld(settings)
    await world.create(outgoingCall('ann'))
    return (await world.record()).call.timers.map(({ id, at, command }) => [id.split(':')[0], at - START, command.type])
  }
  const ringTimedOut = ['ringTimedOut', 25_000, 'ringTimedOut']
  expect(await timersOf({ SIMULATOR_DEFAULT: 'answer', SIMULATOR_ANSWER_AFTER_MS: '300' })).toEqual([
    ringTimedOut,
    ['reaction', 300, 'personAnswers'],
  ])
  expect(await timersOf({ SIMULATOR_DEFAULT: 'wait' })).toEqual([ringTimedOut])
  expect(await timersOf({ SIMULATOR_DEFAULT: 'answer', SIMULATOR: 'false' })).toEqual([ringTimedOut])
})

test('a hint that cannot be sent is no error', async () => {
  const world = newWorld()
  world.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
  const { call } = await world.create(incomingCall)
  expect(call.state).toBe('incoming')
  expect(world.queues.take()).toEqual([])
  expect(await world.watched()).toEqual([10_000])
})

test.for(['write callIndex', 'write watchdog'])('when %s fails, nothing is committed', async (name) => {
  const world = newWorld()
  world.tables.before = failing(name)
  await expect(world.create(incomingCall)).rejects.toThrow(StorageUnavailable)
  expect(await world.service.calls.read(CALL)).toEqual({})
  expect(world.queues.take()).toEqual([])
})

test('a refused command changes nothing', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  const before = await world.service.calls.read(CALL)
  world.queues.take()
  const steps = watchSteps(world)
  await expect(world.change(invite('ann'))).rejects.toThrow(CallError)
  expect(steps).toEqual(['read calls'])
  expect(await world.service.calls.read(CALL)).toEqual(before)
  expect(world.queues.take()).toEqual([])
})

test('a caller who may not is shown the call and changes nothing', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  const before = await world.service.calls.read(CALL)
  const seen: string[] = []
  const change = changeCall(world.service, CALL, answer, {
    authorize: (call) => {
      seen.push(call.applicationId)
      throw new Error('not yours')
    },
  })
  await expect(change).rejects.toThrow('not yours')
  expect(seen).toEqual(['bot'])
  expect(await world.service.calls.read(CALL)).toEqual(before)
})

test('a call that is not there, or is void, is not found', async () => {
  const world = newWorld()
  await expect(world.change(hangUp)).rejects.toMatchObject({ code: 'callNotFound' })
  await world.service.calls.writeVoid(CALL, undefined)
  await expect(world.change(hangUp)).rejects.toMatchObject({ code: 'callNotFound' })
  expect(await world.watched()).toEqual([])
})

test('who is overtaken decides again on the new state', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  world.tables.before = once('write calls', () => world.change(hangUp))
  await expect(world.change(answer)).rejects.toMatchObject({ code: 'callNotFound' })
  expect((await world.record()).call.state).toBe('terminating')
  expect(world.clock.slept).toEqual([25])
})

test('of two commands at once, both happen', async () => {
  const world = await quietCall()
  world.tables.before = once('write calls', () => world.change(invite('bob')))
  const { sequence } = await world.record()
  await world.change({ type: 'personJoins', info: person('ann') })
  const { call, sequence: after } = await world.record()
  expect(call.ringing.map(({ info }) => info.identity.id)).toEqual(['bob'])
  expect(call.participants.map(({ info }) => info.identity.id)).toContain('ann')
  expect(after).toBe(sequence + 1)
})

test('who is overtaken again and again is told that the storage is not available, after twelve tries', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  let tries = 0
  world.tables.before = async ({ name, rowKeys }) => {
    if (name !== 'write calls' || rowKeys.length === 1) return
    tries += 1
    const { record, etag } = await world.service.calls.read(CALL)
    await world.service.calls.setPendingWakeUp({ record: present(record), etag: present(etag) }, true)
  }
  await expect(world.change(answer)).rejects.toThrow(StorageUnavailable)
  expect(tries).toBe(12)
  expect((await world.record()).call.state).toBe('incoming')
  // Jittered, and longer each time.
  expect(world.clock.slept).toEqual(Array.from({ length: 12 }, (_, index) => 25 * (index + 1)))
})

/** Every kind of commit: of a new call, with notifications, and with none (`hangUp` in the `app` dialect tells nobody). */
const kinds: [string, (world: World) => Promise<unknown>, (world: World) => Promise<unknown>, object][] = [
  ['a create', async () => undefined, (world) => world.create(incomingCall), { sequence: 1, call: { version: 1 } }],
  [
    'a command that announces',
    (world) => world.create(incomingCall),
    (world) => world.change(answer),
    { sequence: 2, call: { version: 2, state: 'establishing' } },
  ],
  [
    'a command that announces nothing',
    (world) => world.create(incomingCall, 'app'),
    (world) => world.change(hangUp),
    { sequence: 1, call: { version: 2, state: 'terminating' } },
  ],
]

test.for(kinds)(
  '%s whose reply was lost is done, reported as done, and not done twice',
  async ([, prepare, act, is]) => {
    const world = newWorld()
    await prepare(world)
    world.queues.take()
    world.tables.after = failing('write calls')
    const changed = await act(world)
    const record = await world.record()
    expect(record).toMatchObject(is)
    expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
    // And its hints are sent, as ever.
    expect(world.queues.take()).not.toEqual([])
  },
)

test.for(kinds)('%s that did not arrive is done by the next try, once', async ([, prepare, act, is]) => {
  const world = newWorld()
  await prepare(world)
  world.tables.before = failing('write calls', 2)
  const changed = await act(world)
  const record = await world.record()
  expect(record).toMatchObject(is)
  expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
})

test.for(kinds)('%s that arrives only after its second try has begun is done once', async ([, prepare, act, is]) => {
  const world = newWorld()
  await prepare(world)
  // The first try gets no answer, is still on its way while the second reads, and lands before the second commits.
  let late: (() => Promise<unknown>) | undefined
  const { tables } = world
  const write = tables.write.bind(tables)
  tables.write = async (table, partitionKey, writes) => {
    if (table !== 'calls') return write(table, partitionKey, writes)
    if (!late) {
      late = () => write(table, partitionKey, writes)
      throw new StorageUnavailable('no answer')
    }
    tables.write = write
    await late()
    return write(table, partitionKey, writes)
  }
  const changed = await act(world)
  const record = await world.record()
  expect(record).toMatchObject(is)
  expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
})

test('the operation that is answered is the one that is stored, also when only the reply of the second try was lost', async () => {
  const world = await quietCall()
  world.tables.before = failing('write calls')
  let replies = 0
  world.tables.after = ({ name }) => {
    if (name === 'write calls' && ++replies === 1) throw new StorageUnavailable('no answer')
  }
  const { id } = startedOperation(await world.change(invite('ann')))
  expect((await world.record()).call.operations.map((one) => one.id)).toEqual([id])
  expect(await world.service.calls.readOperation(CALL, id)).toMatchObject({ id, status: 'running' })
})

test('a command whose very last try landed without a reply is reported as done', async () => {
  const world = newWorld()
  await world.create(incomingCall, 'app')
  world.tables.before = failing('write calls', 11)
  let replies = 0
  world.tables.after = ({ name }) => {
    if (name === 'write calls' && ++replies === 1) throw new StorageUnavailable('no answer')
  }
  expect((await world.change(hangUp)).call.state).toBe('terminating')
  expect((await world.record()).call.version).toBe(2)
})

test('a storage that answers no commit ends in StorageUnavailable, and nothing has changed', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  const before = await world.service.calls.read(CALL)
  world.tables.before = failing('write calls', Number.POSITIVE_INFINITY)
  await expect(world.change(answer)).rejects.toThrow(StorageUnavailable)
  expect(await world.service.calls.read(CALL)).toEqual(before)
})

test('a timer fires when it is due, not before, and once', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  const fire = () => applyTimer(world.service, CALL, 'answerDeadline', { type: 'answerTimedOut' })
  const before = await world.service.calls.read(CALL)
  world.clock.advance(14_999)
  await fire()
  expect(await world.service.calls.read(CALL)).toEqual(before)
  world.clock.advance(1)
  await fire()
  const after = await world.service.calls.read(CALL)
  expect(after.record?.call).toMatchObject({ state: 'terminated', endReason: 'missed' })
  await fire()
  expect(await world.service.calls.read(CALL)).toEqual(after)
})

test('two who fire one timer at once fire it once', async () => {
  const world = newWorld()
  await world.create(meeting())
  world.tables.before = once('write calls', () => applyTimer(world.service, CALL, 'connect', { type: 'connect' }))
  await applyTimer(world.service, CALL, 'connect', { type: 'connect' })
  const { call, sequence } = await world.record()
  expect(call).toMatchObject({ state: 'established', version: 2 })
  expect(call.participants).toHaveLength(1)
  // Established, and the first roster.
  expect(sequence).toBe(3)
})

test('a timer whose command is refused is taken off, and tells nobody', async () => {
  const world = newWorld()
  const { call } = await world.create(incomingCall)
  const read = await world.service.calls.read(CALL)
  const stray = { id: 'stray', at: START, command: { type: 'personAnswers', personId: 'nobody' } } as const
  const record = { ...(await world.record()), call: { ...call, timers: [...call.timers, stray] } }
  await world.service.calls.commit(read, { id: 'stray', record, operations: [], notifications: [], indexRows: [] })
  await applyTimer(world.service, CALL, 'stray', stray.command)
  const after = await world.record()
  expect(after.call.timers.map(({ id }) => id)).toEqual(['answerDeadline'])
  expect(after).toMatchObject({ sequence: 1, call: { state: 'incoming' } })
})

test('a timer that is not there, of a call that is not there, does nothing', async () => {
  const world = newWorld()
  await applyTimer(world.service, CALL, 'connect', { type: 'connect' })
  await fireCallTimer(world.service, { callId: CALL, timer: 'connect' })
  await world.create(incomingCall)
  const before = await world.service.calls.read(CALL)
  await applyTimer(world.service, CALL, 'connect', { type: 'connect' })
  await fireCallTimer(world.service, { callId: CALL, timer: 'connect' })
  expect(await world.service.calls.read(CALL)).toEqual(before)
  expect(world.clock.slept).toEqual([])
})

test('a hint for a timer sleeps up to a second, and is sent again when more is left', async () => {
  const world = newWorld({ ANSWER_TIMEOUT_MS: '100000' })
  await world.create(incomingCall)
  world.queues.take()
  const message = { callId: CALL, timer: 'answerDeadline' }
  const hint = () => fireCallTimer(world.service, message)

  await hint()
  expect(world.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 60_000 }])
  world.clock.advance(60_000)
  await hint()
  expect(world.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 40_000 }])
  world.clock.advance(38_999)
  await hint()
  expect(world.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 1_000 }])
  expect(world.clock.slept).toEqual([])
  expect((await world.record()).call.state).toBe('incoming')

  world.clock.advance(1)
  await hint()
  expect(world.clock.slept).toEqual([1_000])
  expect((await world.record()).call.state).toBe('terminated')
  expect(world.queues.take().map(({ queue }) => queue)).toEqual(['notifications'])
})

test('a hint for a timer that is overdue does not sleep', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  world.clock.advance(20_000)
  await fireCallTimer(world.service, { callId: CALL, timer: 'answerDeadline' })
  expect(world.clock.slept).toEqual([])
  expect((await world.record()).call.state).toBe('terminated')
})

const REQUEST = { id: 'call-create one', isRetry: false }
const REPEAT = { ...REQUEST, isRetry: true }

test('a repeated request that overtakes its first makes the one call that there is', async () => {
  const world = newWorld()
  const { service } = world
  const command = outgoingCall('heidi')
  // Another id, since each request brings one of its own.
  const repeat = () => createCall(service, { ...command, id: 'never used' }, 'communications', REPEAT)
  let again: ChangedCall | undefined
  world.tables.before = once('write calls', async () => {
    again = await repeat()
  })
  const first = await createCall(service, command, 'communications', REQUEST)

  expect([first.call.id, again?.call.id]).toEqual([CALL, CALL])
  expect((await world.record()).sequence).toBe(1)
  expect((await service.calls.read('never used')).record).toBeUndefined()
})

test('a repeated request whose first is committed in between finds that out, and does nothing', async () => {
  const world = newWorld()
  const { service } = world
  await world.create(incomingCall)
  const change = (request: ClientRequest) => changeCall(service, CALL, answer, { authorize: () => undefined, request })
  let first: ChangedCall | undefined
  world.tables.before = once('write calls', async () => {
    first = await change(REQUEST)
  })
  const again = await change(REPEAT)

  expect(present(again.operations[0]).id).toBe(present(first?.operations[0]).id)
  expect((await world.record()).call.operations).toHaveLength(1)
})

test('a request whose storage did not answer is found when it comes again', async () => {
  const world = newWorld()
  const { service } = world
  await world.create(incomingCall)
  const change = (request: ClientRequest) => changeCall(service, CALL, answer, { authorize: () => undefined, request })
  // Committed, and from then on nothing answers: the client is told 503.
  world.tables.after = once('write calls', async () => {
    world.tables.before = () => {
      throw new StorageUnavailable('no answer')
    }
    throw new StorageUnavailable('no answer')
  })
  await expect(change(REQUEST)).rejects.toThrow(StorageUnavailable)
  world.tables.before = () => undefined
  const again = await change(REPEAT)
  expect(again.operations).toMatchObject([{ type: 'answer', status: 'running' }])
})

test('who may not see the call is refused also when they repeat themselves', async () => {
  const world = newWorld()
  await world.create(incomingCall)
  await changeCall(world.service, CALL, answer, { authorize: () => undefined, request: REQUEST })
  const refuse = () => {
    throw new Error('not yours')
  }
  await expect(changeCall(world.service, CALL, answer, { authorize: refuse, request: REPEAT })).rejects.toThrow(
    'not yours',
  )
})

test('a slow request that its repetition has overtaken does nothing more, wherever it stood still', async () => {
  for (const point of ['read callIndex', 'write callIndex', 'read calls', 'write watchdog', 'write calls']) {
    const world = newWorld()
    const { service } = world
    const command = outgoingCall('heidi')
    let again: ChangedCall | undefined
    world.tables.before = once(point, async () => {
      world.clock.advance(5_000)
      again = await createCall(service, { ...command, id: 'of the repetition' }, 'communications', REPEAT)
    })
    const first = await createCall(service, command, 'communications', REQUEST)
    expect(first.call.id, point).toBe(again?.call.id)
    const ids = [CALL, 'of the repetition']
    const made = await Promise.all(ids.map(async (id) => (await service.calls.read(id)).record !== undefined))
    expect(made.filter(Boolean), point).toHaveLength(1)
  }
})

test('a slow command that its repetition has overtaken is not carried out again', async () => {
  for (const point of ['read calls', 'write calls']) {
    const world = newWorld()
    const { service } = world
    await world.create(meeting(['audio']))
    await world.run(1_000)
    const prompt = { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] } as const
    const play = (request: ClientRequest) => changeCall(service, CALL, prompt, { authorize: () => undefined, request })
    world.tables.before = once(point, async () => {
      world.clock.advance(5_000)
      await play(REPEAT)
    })
    await play(REQUEST)
    expect((await world.record()).call.operations, point).toHaveLength(1)
  }
})

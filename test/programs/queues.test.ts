import { EventEmitter } from 'node:events'
import { app, type InvocationContext } from '@azure/functions'
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Azurite, startAzurite } from '../../local-host/azurite.js'
import { provideFunctionsCore } from '../../local-host/functionsCore.js'
import { createInvoke } from '../../local-host/invoke.js'
import type { Listener } from '../../local-host/listener.js'
import { startQueueListener } from '../../local-host/queues.js'
import type { Env, QueueSettings } from '../../local-host/settings.js'

const core = provideFunctionsCore(() => {})
const invocations = new EventEmitter()
const invoke = createInvoke(core, () => {}, invocations)
const listeners: Listener[] = []
let azurite: Azurite
let service: QueueServiceClient
let count = 0

beforeAll(async () => {
  azurite = await startAzurite()
  service = QueueServiceClient.fromConnectionString(azurite.connectionString())
})
afterAll(() => azurite.stop())
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()))
})

const DEFAULTS: QueueSettings = {
  batchSize: 16,
  newBatchThreshold: 8,
  maxDequeueCount: 5,
  maxPollingInterval: 100,
  visibilityTimeout: 0,
  isBase64: true,
}

type Handler = (message: unknown, context: InvocationContext) => unknown

/** Every test has its own queue. */
async function createQueue(name = `queue-${++count}`): Promise<QueueClient> {
  const queue = service.getQueueClient(name)
  await queue.create()
  return queue
}

function startListener(
  queue: QueueClient,
  handler: Handler,
  settings: Partial<QueueSettings> = {},
  env: Env = { STORAGE: azurite.connectionString() },
): Listener {
  const name = `function${++count}`
  app.storageQueue(name, { queueName: queue.name, connection: 'STORAGE', handler })
  const fn = core.functions.find((candidate) => candidate.name === name)
  if (!fn) throw new Error(`${name} was not registered`)
  const listener = startQueueListener({
    fn,
    settings: { ...DEFAULTS, ...settings },
    env,
    invoke,
    invocations,
    log: () => {},
  })
  listeners.push(listener)
  return listener
}

function sendText(queue: QueueClient, text: string) {
  return queue.sendMessage(Buffer.from(text).toString('base64'))
}

async function countMessages(queue: QueueClient): Promise<number | undefined> {
  return (await queue.getProperties()).approximateMessagesCount
}

async function readPoisonQueue(queue: QueueClient): Promise<string[]> {
  const poison = service.getQueueClient(`${queue.name}-poison`)
  if (!(await poison.exists())) return []
  return (await poison.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.map(({ messageText }) => messageText)
}

describe('a message', () => {
  it.each<[text: string, argument: unknown]>([
    ['{"a":[1]}', { a: [1] }],
    ['12345', 12345],
    ['null', null],
    ['true', true],
    ['"x"', 'x'],
    ['not JSON', 'not JSON'],
    ['', ''],
    ['grüße', 'grüße'],
  ])('%s arrives as its JSON value or as text, and is then deleted', async (text, argument) => {
    const queue = await createQueue()
    await sendText(queue, text)
    const handler = vi.fn<Handler>()
    startListener(queue, handler)
    await expect.poll(() => countMessages(queue)).toBe(0)
    expect(handler).toHaveBeenCalledExactlyOnceWith(argument, expect.anything())
  })

  it('arrives with metadata, which the properties of the message override', async () => {
    const queue = await createQueue()
    const { messageId } = await sendText(queue, 'plain')
    await sendText(queue, '{"ID":"mine","flag":true,"nothing":null,"list":[1],"nested":{"x":1}}')
    const seen: unknown[] = []
    startListener(queue, (_message, context) => seen.push(context.triggerMetadata))
    await expect.poll(() => seen).toHaveLength(2)
    expect(seen[0]).toEqual({
      queueTrigger: 'plain',
      dequeueCount: 1,
      id: messageId,
      insertionTime: expect.any(String),
      expirationTime: expect.any(String),
      nextVisibleTime: expect.any(String),
      popReceipt: expect.any(String),
    })
    expect(seen[1]).toMatchObject({ id: 'mine', flag: 'True', nested: { x: 1 } })
    expect(seen[1]).not.toHaveProperty('list')
    expect(seen[1]).not.toHaveProperty('nothing')
  })

  it('arrives as it is when host.json sets another encoding than base64', async () => {
    const queue = await createQueue()
    await queue.sendMessage('plain text')
    const handler = vi.fn<Handler>()
    startListener(queue, handler, { isBase64: false })
    await expect.poll(() => handler.mock.lastCall?.[0]).toBe('plain text')
  })
})

describe('a message whose function fails', () => {
  it('is retried until its last attempt and then moves to the poison queue unchanged', async () => {
    const queue = await createQueue()
    await sendText(queue, 'bad')
    const attempts: unknown[] = []
    startListener(
      queue,
      (_message, context) => {
        attempts.push(context.triggerMetadata?.dequeueCount)
        throw new Error('no luck')
      },
      { maxDequeueCount: 3 },
    )
    await expect.poll(() => readPoisonQueue(queue)).toEqual([Buffer.from('bad').toString('base64')])
    await expect.poll(() => countMessages(queue)).toBe(0)
    expect(attempts).toEqual([1, 2, 3])
  })

  it('is visible again after the visibility timeout', async () => {
    const queue = await createQueue()
    await sendText(queue, 'later')
    const times: number[] = []
    startListener(
      queue,
      () => {
        times.push(Date.now())
        if (times.length === 1) throw new Error('no luck')
      },
      { visibilityTimeout: 1_000 },
    )
    await expect.poll(() => times).toHaveLength(2)
    const [first = 0, second = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(900)
  })

  it('stays hidden when its queue is itself a poison queue', async () => {
    const queue = await createQueue(`queue-${++count}-poison`)
    await sendText(queue, 'bad')
    const handler = vi.fn<Handler>(() => Promise.reject(new Error('no luck')))
    const listener = startListener(queue, handler, { maxDequeueCount: 1 })
    await expect.poll(() => handler.mock.calls.length).toBe(1)
    await listener.stop()
    expect(await countMessages(queue)).toBe(1)
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([])
  })
})

describe('a message moves to the poison queue without an invocation when', () => {
  it('its text is not base64', async () => {
    const queue = await createQueue()
    await queue.sendMessage('{"not":"base64"}')
    const handler = vi.fn<Handler>()
    startListener(queue, handler)
    await expect.poll(() => readPoisonQueue(queue)).toEqual(['{"not":"base64"}'])
    await expect.poll(() => countMessages(queue)).toBe(0)
    expect(handler).not.toHaveBeenCalled()
  })

  it('hosts that crashed have received it too often', async () => {
    const queue = await createQueue()
    await sendText(queue, 'deadly')
    await queue.receiveMessages({ visibilityTimeout: 1 })
    const handler = vi.fn<Handler>()
    startListener(queue, handler, { maxDequeueCount: 1 })
    await expect.poll(() => readPoisonQueue(queue)).toHaveLength(1)
    expect(handler).not.toHaveBeenCalled()
  })
})

it('a message that is not UTF-8 fails without an invocation', async () => {
  const queue = await createQueue()
  await queue.sendMessage(Buffer.from([0xff]).toString('base64'))
  const handler = vi.fn<Handler>()
  startListener(queue, handler, { maxDequeueCount: 2 })
  await expect.poll(() => readPoisonQueue(queue)).toEqual(['/w=='])
  expect(handler).not.toHaveBeenCalled()
})

describe('the lease of a message', () => {
  it('hides the message for ten minutes, also after a crash', async () => {
    const queue = await createQueue()
    await sendText(queue, 'long')
    const { promise: crash, resolve } = Promise.withResolvers<void>()
    const seen: InvocationContext[] = []
    startListener(queue, (_message, context) => {
      seen.push(context)
      return crash
    })
    await expect.poll(() => seen).toHaveLength(1)
    const hiddenFor = Date.parse(String(seen[0]?.triggerMetadata?.nextVisibleTime)) - Date.now()
    expect(hiddenFor).toBeGreaterThan(9.9 * 60_000)
    expect(hiddenFor).toBeLessThanOrEqual(10 * 60_000)
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([])
    resolve()
  })

  it('is renewed at half time, so that a longer invocation keeps its message', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const queue = await createQueue()
    await sendText(queue, 'long')
    const { promise, resolve } = Promise.withResolvers<void>()
    const handler = vi.fn<Handler>(() => promise)
    startListener(queue, handler)
    await expect.poll(() => handler.mock.calls.length).toBe(1)

    const update = vi.spyOn(Object.getPrototypeOf(queue) as QueueClient, 'updateMessage')
    await vi.advanceTimersByTimeAsync(5 * 60_000)
    expect(update).toHaveBeenCalledExactlyOnceWith(expect.any(String), expect.any(String), undefined, 600)
    // The message can only be deleted with the pop receipt of the renewal: the first one is no longer valid.
    resolve()
    await expect.poll(() => countMessages(queue)).toBe(0)
    update.mockRestore()
  })
})

describe('the listener', () => {
  it('receives the next batch when few enough messages are running', async () => {
    const queue = await createQueue()
    for (let index = 0; index < 6; index++) await sendText(queue, String(index))
    const running: (() => void)[] = []
    startListener(queue, () => new Promise<void>((resolve) => running.push(resolve)), {
      batchSize: 2,
      newBatchThreshold: 1,
    })
    await expect.poll(() => running.length).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(running).toHaveLength(2)
    running[0]?.()
    await expect.poll(() => running.length).toBe(4)
    const finishing = setInterval(() => running.forEach((finish) => void finish()), 20)
    await expect.poll(() => countMessages(queue)).toBe(0)
    clearInterval(finishing)
  })

  it('polls at once after an invocation of any function, however long its pause has become', async () => {
    const queue = await createQueue()
    const polls = vi.spyOn(Object.getPrototypeOf(queue) as QueueClient, 'receiveMessages')
    const handler = vi.fn<Handler>()
    startListener(queue, handler, { maxPollingInterval: 60_000 })
    // The pauses were 0.1 to 3.2 s, each twice the one before; the next one is 6.4 s, give or take 20%.
    await expect.poll(() => polls.mock.calls.length).toBe(7)
    polls.mockRestore()
    await sendText(queue, 'sent by an invocation')
    invocations.emit('end')
    await expect.poll(() => handler.mock.calls.length, { timeout: 5_000 }).toBe(1)
  })

  it('reads its connection from the setting AzureWebJobs<name>, or else from <name>', async () => {
    const queue = await createQueue()
    await sendText(queue, 'found')
    const handler = vi.fn<Handler>()
    startListener(queue, handler, {}, { STORAGE: 'not this one', AzureWebJobsSTORAGE: azurite.connectionString() })
    await expect.poll(() => handler.mock.lastCall?.[0]).toBe('found')
    expect(() => startListener(queue, handler, {}, {})).toThrow(
      'the setting STORAGE is missing. Set it to the connection string',
    )
  })

  it('waits for a queue that does not exist yet and does not create it', async () => {
    const queue = service.getQueueClient(`queue-${++count}`)
    const handler = vi.fn<Handler>()
    startListener(queue, handler)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await queue.exists()).toBe(false)
    await queue.create()
    await sendText(queue, 'first')
    await expect.poll(() => handler.mock.lastCall?.[0]).toBe('first')
  })

  it('lets running invocations finish when it stops', async () => {
    const queue = await createQueue()
    await sendText(queue, 'slow')
    const { promise, resolve } = Promise.withResolvers<void>()
    const handler = vi.fn<Handler>(() => promise)
    const listener = startListener(queue, handler)
    await expect.poll(() => handler.mock.calls.length).toBe(1)
    const stopped = listener.stop()
    resolve()
    await stopped
    expect(await countMessages(queue)).toBe(0)
  })
})

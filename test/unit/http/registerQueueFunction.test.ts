import { randomUUID } from 'node:crypto'
import { app, InvocationContext, type StorageQueueHandler } from '@azure/functions'
import { expect, test, vi } from 'vitest'
import { registerQueueFunction } from '../../../shared/http/registerQueueFunction.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'

vi.mock('../../../shared/service/processService.js', () => ({ getService: () => ({}) }))

/** Registers a queue function that throws, and returns how an invocation of it ends, and its log lines. */
async function runFailing(error: Error): Promise<{ failure: unknown; lines: string[] }> {
  const register = vi.spyOn(app, 'storageQueue').mockReturnValue()
  const handle = () => Promise.reject(error)
  registerQueueFunction({ name: 'notifications-dispatch', queueName: 'notifications', handle })
  const handler = register.mock.lastCall?.[1].handler as StorageQueueHandler
  const lines: string[] = []
  const invocation = new InvocationContext({ logHandler: (_, ...texts) => void lines.push(texts.join(' ')) })
  const run = Promise.resolve(handler({ callId: randomUUID() }, invocation))
  const failure = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { failure, lines }
}

test('an invocation fails with the error of its function, so that the host retries it and then moves it', async () => {
  const error = new Error('a mistake in the code')
  expect(await runFailing(error)).toEqual({ failure: error, lines: [] })
})

test('a wake-up that meets a storage failure is dropped with a warning, and its invocation succeeds', async () => {
  const line = 'wakeUp.dropped queue=notifications reason="no answer"'
  expect(await runFailing(new StorageUnavailable('no answer'))).toEqual({ failure: undefined, lines: [line] })
})

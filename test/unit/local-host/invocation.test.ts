import { EventEmitter } from 'node:events'
import { app, type InvocationContext } from '@azure/functions'
import { afterEach, describe, expect, it } from 'vitest'
import { provideFunctionsCore } from '../../../local-host/functionsCore.js'
import { createInvoke } from '../../../local-host/invoke.js'

const logged: string[] = []
const log = (level: string, source: string, text: string) => void logged.push(`${level} ${source}: ${text}`)
const core = provideFunctionsCore(log)
const invoke = createInvoke(core, log, new EventEmitter())

/** Registers a queue-triggered function and invokes it with a message of the given text. */
function invokeWithMessage(
  name: string,
  text: string,
  handler: (message: unknown, context: InvocationContext) => unknown,
) {
  app.storageQueue(name, { queueName: 'q', connection: 'C', handler })
  const fn = core.functions.find((candidate) => candidate.name === name)
  if (!fn) throw new Error(`${name} was not registered`)
  return invoke(fn, {
    input: { string: text },
    triggerMetadata: { DequeueCount: { json: '3' } },
    traceParent: '00-trace',
  })
}

afterEach(() => {
  logged.length = 0
})

describe('an invocation', () => {
  it('passes the input and the trigger metadata to the handler and resolves to its result', async () => {
    const result = await invokeWithMessage('echo', '{"a":1}', (message, context) => ({
      message,
      dequeueCount: context.triggerMetadata?.dequeueCount,
      trace: context.traceContext?.traceParent,
    }))
    expect(result).toEqual({ message: { a: 1 }, dequeueCount: 3, trace: '00-trace' })
  })

  it('rejects with the error that the handler threw, and logs it', async () => {
    const failing = invokeWithMessage('fail', '', () => {
      throw new Error('no luck')
    })
    await expect(failing).rejects.toThrow('no luck')
    expect(logged.at(-1)).toMatch(/^error fail: Executed \(Failed, Id=.*\): Error: no luck\n {4}at /)
  })

  it('fails for a thrown string, but not for a thrown undefined', async () => {
    await expect(invokeWithMessage('text', '', () => Promise.reject('plain'))).rejects.toBe('plain')
    await expect(invokeWithMessage('nothing', '', () => Promise.reject(undefined))).resolves.toBeNull()
  })

  it('logs the lines of the handler under the name of the function', async () => {
    await invokeWithMessage('talk', '', (_message, context) => context.warn('careful', { x: 1 }))
    expect(logged).toContain('warning talk: careful { x: 1 }')
  })

  it('logs a warning when a handler logs after it has finished', async () => {
    const { promise, resolve } = Promise.withResolvers<InvocationContext>()
    await invokeWithMessage('late', '', (_message, context) => resolve(context))
    const context = await promise
    context.log('too late')
    expect(logged.at(-2)).toMatch(/^warning late: .*Unexpected call to 'log'/)
  })
})

describe('hooks', () => {
  it('can replace the inputs, the handler, the result and the error, and share data', async () => {
    const hooks = [
      app.hook.preInvocation((context) => {
        context.inputs = ['replaced']
        const handler = context.functionHandler
        context.functionHandler = (input, invocation) => `${handler(input, invocation)}!`
        context.hookData.seen = true
      }),
      app.hook.postInvocation((context) => {
        context.result = `${context.result} ${context.hookData.seen}`
      }),
    ]
    expect(await invokeWithMessage('hooked', 'text', (message) => message)).toBe('replaced! true')

    for (const hook of hooks) hook.dispose()
    expect(await invokeWithMessage('unhooked', 'text', (message) => message)).toBe('text')
  })

  it('with an unknown name are rejected', () => {
    expect(() => app.hook.log(() => {})).toThrow('does not support the hook "log"')
  })
})

it('a registration after startup is rejected', () => {
  core.closeRegistration()
  expect(() => app.http('tooLate', { handler: () => ({}) })).toThrow('only be registered during app startup: tooLate')
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAzurite } from '../../local-host/azurite.js'

/** `npm start` runs the built file, so these tests do. */
const START = fileURLToPath(new URL('../../dist/local-host/start.js', import.meta.url))
const APP = fileURLToPath(new URL('./fixtures/app', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

let directory: string
const children: ChildProcess[] = []

/** A copy of the app below node_modules: it finds its packages there, and its data is its own. */
beforeEach(async () => {
  await mkdir(CACHE, { recursive: true })
  directory = await mkdtemp(join(CACHE, 'start-test-'))
  await cp(APP, directory, { recursive: true })
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await once(child, 'exit')
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
})

interface Started {
  child: ChildProcess
  output: { out: string; err: string }
  exit: Promise<unknown[]>
}

function start(env: Record<string, string> = {}, shell: string[] = []): Started {
  const { CALLS_STORAGE, RINGBACK_LOCAL, HOST, npm_lifecycle_event, ...inherited } = process.env
  const [command = '', ...args] = [...shell, process.execPath, START]
  const child = spawn(command, args, { cwd: directory, env: { ...inherited, PORT: '0', ...env }, detached: true })
  children.push(child)
  const output = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text
  })
  return { child, output, exit: once(child, 'close') }
}

async function startReady(env?: Record<string, string>, shell?: string[]): Promise<Started & { baseUrl: string }> {
  const started = start(env, shell)
  await expect.poll(() => started.output.out, { timeout: 10_000 }).toMatch(/\nready\n$/)
  return { ...started, baseUrl: /http:\/\/[\w.:]+/.exec(started.output.out)?.[0] ?? '' }
}

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

async function getSettings(baseUrl: string) {
  return (await getJson(`${baseUrl}/settings`)) as { local: string; storage: string }
}

async function answers(connectionString: string): Promise<boolean> {
  const url = /QueueEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? ''
  return fetch(url).then(
    () => true,
    () => false,
  )
}

describe('npm start', () => {
  it('runs HTTP, queue and timer functions on storage of its own and prints what they log', async () => {
    const { baseUrl, output } = await startReady()
    expect(await getJson(`${baseUrl}/greet/Ann`)).toEqual({ hello: 'Ann' })
    await expect.poll(() => output.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} greet: greeting Ann \| warmly$/m)

    const { local, storage } = await getSettings(baseUrl)
    expect(local).toBe('true')
    const queue = QueueServiceClient.fromConnectionString(storage).getQueueClient('letters')
    await queue.create()
    await queue.sendMessage(Buffer.from('{"hello":1}').toString('base64'))
    const seen = () => getJson(`${baseUrl}/seen`)
    await expect.poll(seen).toContainEqual({ message: { hello: 1 }, dequeueCount: 1 })
    const timer = { schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false }
    await expect.poll(seen, { timeout: 3_000 }).toContainEqual({ timer })
  })

  it.each([
    ['Ctrl-C, which reaches the whole group of processes', 'SIGINT', -1],
    ['SIGTERM', 'SIGTERM', 1],
  ] as const)(
    'ends by %s: running requests end, the app ends, storage ends, exit code 0',
    async (_by, signal, target) => {
      const { baseUrl, child, output, exit } = await startReady()
      const { storage } = await getSettings(baseUrl)
      const slow = fetch(`${baseUrl}/slow`)
      await expect.poll(() => output.out).toContain('slow: started')
      process.kill((child.pid ?? 0) * target, signal)
      expect(await (await slow).text()).toBe('finished')
      expect(await exit).toEqual([0, null])
      expect(output.out).toMatch(/app terminated\n$/)
      expect(await answers(storage)).toBe(false)
    },
  )

  it('ends when npm alone gets SIGTERM, which npm does not hand on further than its shell', async () => {
    const { baseUrl, child, output } = await startReady({ npm_lifecycle_event: 'start' }, [
      'sh',
      '-c',
      '"$0" "$1"; true',
    ])
    const { storage } = await getSettings(baseUrl)
    child.kill('SIGTERM')
    await expect.poll(() => output.out, { timeout: 3_000 }).toMatch(/app terminated\n$/)
    await expect.poll(() => answers(storage)).toBe(false)
  })

  it('ends at once by a second Ctrl-C, and so does storage', async () => {
    const { baseUrl, child, exit } = await startReady()
    const { storage } = await getSettings(baseUrl)
    fetch(`${baseUrl}/stuck`).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 600))
    child.kill('SIGINT')
    expect(await exit).toEqual([1, null])
    await expect.poll(() => answers(storage)).toBe(false)
  })
})

describe('npm start with settings of the user', () => {
  let taken: Server
  let port: number
  beforeEach(async () => {
    taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    port = (taken.address() as AddressInfo).port
  })
  afterEach(() => void taken.close())

  it('starts no storage when CALLS_STORAGE is set', async () => {
    const storage = `UseDevelopmentStorage=true`
    const { baseUrl, output } = await startReady({ CALLS_STORAGE: storage, RINGBACK_LOCAL: 'no' })
    expect(await getSettings(baseUrl)).toEqual({ local: 'no', storage })
    expect(output.out).not.toContain('Azurite')
  })

  it('says so in one line when its port is in use, and leaves nothing behind', async () => {
    const { output, exit } = start({ PORT: String(port) })
    expect(await exit).toEqual([1, null])
    expect(output.err).toBe(
      `Port ${port} is in use. Choose another one: PORT=8080 npm start (PORT=0 takes a free one).\n`,
    )
    // Only one Azurite can run on a directory.
    const azurite = await startAzurite({ directory: `${directory}/.ringback/azurite` })
    await azurite.stop()
  })
})

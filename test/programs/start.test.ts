import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HELP } from '../../local-host/arguments.js'
import { startAzurite } from '../../local-host/azurite.js'
import { azuritesIn, isReachable } from '../support/processes.js'

/** These tests run the built file, as `npm start` does. */
const START = fileURLToPath(new URL('../../dist/local-host/start.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const APP = fileURLToPath(new URL('./fixtures/app', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

let directory: string
const children: ChildProcess[] = []

/** Each test has a copy of the app with its own data, below node_modules so that the app finds its packages. */
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

interface Program {
  child: ChildProcess
  output: { out: string; err: string }
  exit: Promise<unknown[]>
}

function spawnProgram(env: Record<string, string> = {}, shell: string[] = [], programArgs: string[] = []): Program {
  const { CALLS_STORAGE, RINGBACK_LOCAL, HOST, npm_lifecycle_event, ...inherited } = process.env
  const [command = '', ...args] = [...shell, process.execPath, START, ...programArgs]
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

async function startProgram(env?: Record<string, string>, shell?: string[]): Promise<Program & { baseUrl: string }> {
  const program = spawnProgram(env, shell)
  await expect.poll(() => program.output.out).toMatch(/^ready$/m)
  return { ...program, baseUrl: /http:\/\/[\w.:]+/.exec(program.output.out)?.[0] ?? '' }
}

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

async function getSettings(baseUrl: string) {
  return (await getJson(`${baseUrl}/settings`)) as { local: string; storage: string }
}

describe('npm start', () => {
  it('runs HTTP, queue and timer functions on its own storage and prints their log lines', async () => {
    const { baseUrl, output } = await startProgram()
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
    await expect.poll(seen).toContainEqual({ timer })
  })

  it.each([
    ['Ctrl-C, which reaches the whole process group,', 'SIGINT', -1],
    ['SIGTERM', 'SIGTERM', 1],
  ] as const)(
    'on %s lets running requests finish, stops the app and the storage, and exits with code 0',
    async (_title, signal, target) => {
      const { baseUrl, child, output, exit } = await startProgram()
      const { storage } = await getSettings(baseUrl)
      const slow = fetch(`${baseUrl}/slow`)
      await expect.poll(() => output.out).toContain('slow: started')
      process.kill((child.pid ?? 0) * target, signal)
      expect(await (await slow).text()).toBe('finished')
      expect(await exit).toEqual([0, null])
      expect(output.out).toMatch(/app terminated\n$/)
      expect(await isReachable(storage)).toBe(false)
    },
  )

  it('stops when only npm receives SIGTERM, which npm forwards no further than to its shell', async () => {
    const { baseUrl, child, output } = await startProgram({ npm_lifecycle_event: 'start' }, [
      'sh',
      '-c',
      '"$0" "$1"; true',
    ])
    const { storage } = await getSettings(baseUrl)
    child.kill('SIGTERM')
    await expect.poll(() => output.out).toMatch(/app terminated\n$/)
    await expect.poll(() => isReachable(storage)).toBe(false)
  })

  it('counts a signal that npm forwards at once as the same Ctrl-C', async () => {
    const { baseUrl, child, output, exit } = await startProgram()
    const slow = fetch(`${baseUrl}/slow`)
    await expect.poll(() => output.out).toContain('slow: started')
    child.kill('SIGINT')
    await expect.poll(() => output.out, { interval: 5 }).toContain('Stopping')
    child.kill('SIGINT')
    expect(await (await slow).text()).toBe('finished')
    expect(await exit).toEqual([0, null])
  })

  it('stops at once on a second Ctrl-C, and so does the storage', async () => {
    const { baseUrl, child, output, exit } = await startProgram()
    const { storage } = await getSettings(baseUrl)
    fetch(`${baseUrl}/stuck`).catch(() => {})
    await expect.poll(() => output.out).toContain('stuck: started')
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 600))
    child.kill('SIGINT')
    expect(await exit).toEqual([1, null])
    await expect.poll(() => isReachable(storage)).toBe(false)
  })
})

describe('npm start -- --help', () => {
  it.each<Record<string, string>>([{}, { PORT: 'abc' }])(
    'prints the usage and starts nothing, with %j',
    async (env) => {
      const before = await readdir(directory)
      const { output, exit } = spawnProgram(env, [], ['--help'])
      expect(await exit).toEqual([0, null])
      expect(output).toEqual({ out: `${HELP}\n`, err: '' })
      expect(await readdir(directory)).toEqual(before)
    },
  )
})

describe("npm start with the user's settings", () => {
  let otherServer: Server
  let port: number
  beforeEach(async () => {
    otherServer = createServer().listen(0, '127.0.0.1')
    await once(otherServer, 'listening')
    port = (otherServer.address() as AddressInfo).port
  })
  afterEach(() => void otherServer.close())

  it('starts no storage when CALLS_STORAGE is set', async () => {
    const storage = `UseDevelopmentStorage=true`
    const { baseUrl, output } = await startProgram({ CALLS_STORAGE: storage, RINGBACK_LOCAL: 'no' })
    expect(await getSettings(baseUrl)).toEqual({ local: 'no', storage })
    expect(output.out).not.toContain('Azurite')
  })

  it('prints one line when its port is in use, and releases the storage', async () => {
    const { output, exit } = spawnProgram({ PORT: String(port) })
    expect(await exit).toEqual([1, null])
    expect(output.err).toBe(
      `Port ${port} is in use. Choose another port: PORT=8080 npm start (PORT=0 selects a free port).\n`,
    )
    // Only one Azurite can use a directory at a time.
    const azurite = await startAzurite({ directory: `${directory}/.ringback/azurite` })
    await azurite.stop()
  })
  it.each([
    [{ PORT: '65536' }, "PORT must be a whole number from 0 to 65535, not '65536'.\n"],
    [
      { HOST: '192.0.2.1' },
      "HOST must be a name or an address of this machine, not '192.0.2.1'. " +
        '(listen EADDRNOTAVAIL: address not available 192.0.2.1)\n',
    ],
    [{ FAIL_WITH: 'ConfigError' }, 'the app failed\n'],
  ])("prints only the message of a user's error: %j", async (env, message) => {
    const { output, exit } = spawnProgram({ CALLS_STORAGE: 'UseDevelopmentStorage=true', ...env })
    expect(await exit).toEqual([1, null])
    expect(output.err).toBe(message)
  })

  it('prints the stack of any other error', async () => {
    const { output, exit } = spawnProgram({ CALLS_STORAGE: 'UseDevelopmentStorage=true', FAIL_WITH: 'Error' })
    expect(await exit).toEqual([1, null])
    expect(output.err).toMatch(/^Error: the app failed\n {4}at .*app\.js/)
  })
})

describe('npm start with the real app', () => {
  beforeEach(async () => {
    for (const file of ['package.json', 'host.json']) await cp(join(ROOT, file), join(directory, file))
    await symlink(join(ROOT, 'dist'), join(directory, 'dist'), 'junction')
  })

  it.each([
    [{ CALLS_STORAGE: 'garbage' }, /^Ringback can't start .* CALLS_STORAGE: is not a connection string .*\n$/],
    [{ LEASE_MS: 'soon' }, /^Ringback can't start .* LEASE_MS: must be a whole number .*\n$/],
    [{ RETENTION_M: '1000' }, /^RETENTION_M is not a setting; did you mean RETENTION_MS\?\n$/],
  ])('prints one line for the setting %j and leaves no storage process', async (env, line) => {
    const { output, exit } = spawnProgram(env)
    expect(await exit).toEqual([1, null])
    expect(output.err).toMatch(line)
    expect(azuritesIn(directory)).toEqual([])
  })

  it('prints one line when another instance uses the same data, which keeps running', async () => {
    const { baseUrl } = await startProgram()
    const { output, exit } = spawnProgram()
    expect(await exit).toEqual([1, null])
    expect(output.err).toMatch(/^Another Azurite is already running on .*\. Stop it first, .*\n$/)
    expect(azuritesIn(directory)).toHaveLength(1)
    expect((await fetch(`${baseUrl}/health`)).status).toBe(200)
  })
})

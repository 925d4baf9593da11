import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { azuritesIn, childrenOf, LOOPBACK_V4, listeningSockets } from '../support/processes.js'

const isLinux = process.platform === 'linux'
const isWindows = process.platform === 'win32'
const LONG_TMPDIR = `/tmp/${'x'.repeat(145)}`
const GUARD = pathToFileURL('dist/local-host/azuriteGuard.js').href
/** Makes a process take the lock as on macOS: with a socket file in TMPDIR. */
const AS_ON_MACOS = "--import=data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})"
/** How long the guard waits for a lock that another process has. */
const LOCK_TIMEOUT_MS = 5_000

async function newDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(prefix)
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** Runs `npm start`'s program with a small app in a directory of its own. */
async function spawnProgram(env: Record<string, string> = {}) {
  const directory = await newDirectory(resolve('node_modules/.cache/storage-'))
  await cp(join(import.meta.dirname, 'fixtures/app'), directory, { recursive: true })
  const { CALLS_STORAGE: _, ...inherited } = process.env
  const child = spawn(process.execPath, [resolve('dist/local-host/start.js')], {
    cwd: directory,
    env: { ...inherited, PORT: '0', ...env },
  })
  onTestFinished(() => void child.kill('SIGTERM'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return { directory, pid: child.pid ?? 0, exited: once(child, 'close'), output: () => output }
}

async function startProgram(env?: Record<string, string>) {
  const program = await spawnProgram(env)
  await expect.poll(program.output).toMatch(/^ready$/m)
  return program
}

test.skipIf(!isLinux)('the service prints an error and stops when its storage process dies', async () => {
  const program = await startProgram()
  for (const pid of childrenOf(program.pid)) process.kill(pid, 'SIGKILL')
  expect(await program.exited).toEqual([1, null])
  expect(program.output()).toContain('The storage process (Azurite) exited, so Ringback is stopping')
})

test.skipIf(!isLinux)('the service and its storage process listen on loopback only', async () => {
  const { pid } = await startProgram()
  const sockets = [pid, ...childrenOf(pid)].flatMap(listeningSockets)
  // Two of the service; blob, queue and table of the storage.
  expect(sockets).toHaveLength(5)
  expect(sockets.filter((address) => !address.startsWith(LOOPBACK_V4))).toEqual([])
})

test.skipIf(!isLinux).each(['/nonexistent', LONG_TMPDIR])('the service starts with TMPDIR=%s', async (TMPDIR) => {
  const program = await startProgram({ TMPDIR })
  expect(azuritesIn(program.directory)).toHaveLength(1)
  process.kill(program.pid, 'SIGINT')
  expect(await program.exited).toEqual([0, null])
  expect(azuritesIn(program.directory)).toEqual([])
})

test.skipIf(isWindows).each([
  ['its storage cannot be locked', { NODE_OPTIONS: AS_ON_MACOS, TMPDIR: LONG_TMPDIR }, 'Set TMPDIR.'],
  ['its app fails', { FAIL_WITH: 'ConfigError' }, 'the app failed'],
])('no storage process survives a start that fails because %s', async (_, env, message) => {
  const { directory, exited, output } = await spawnProgram(env)
  expect(await exited).toEqual([1, null])
  expect(azuritesIn(directory)).toEqual([])
  expect(output()).toContain(message)
  expect(output()).not.toMatch(/^ {4}at /m)
})

const guardOptions = (TMPDIR: string) => ({ env: { ...process.env, TMPDIR, AZURITE_GUARD_DIRECTORY: '/data' } })

/** Runs a process that takes the lock of /data and exits. */
function takeLock(TMPDIR: string) {
  const args = [AS_ON_MACOS, '--import', GUARD, '--eval', '']
  const { status, stderr } = spawnSync(process.execPath, args, { ...guardOptions(TMPDIR), encoding: 'utf8' })
  return { status, stderr }
}

test.skipIf(isWindows).each(['/nonexistent', LONG_TMPDIR])(
  'the guard reports at once that it cannot create its socket file in TMPDIR=%s',
  (TMPDIR) => {
    const startedAt = performance.now()
    const { status, stderr } = takeLock(TMPDIR)
    expect(performance.now() - startedAt).toBeLessThan(LOCK_TIMEOUT_MS)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^Cannot lock \/data with the socket ".*\.sock": listen E.*\. Set TMPDIR\.\n$/)
    expect(stderr).toContain(TMPDIR)
  },
)

test.skipIf(isWindows)('a socket file locks the data until its process ends, also by SIGKILL', async () => {
  const directory = await newDirectory(join(tmpdir(), 'lock-'))
  const script = "process.stdout.write('locked'); setInterval(() => {}, 1000)"
  const owner = spawn(process.execPath, [AS_ON_MACOS, '--import', GUARD, '--eval', script], guardOptions(directory))
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  expect(takeLock(directory)).toEqual({ status: 1, stderr: 'Another Azurite is already running on /data\n' })

  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(await readdir(directory)).toHaveLength(1)
  expect(takeLock(directory)).toEqual({ status: 0, stderr: '' })
})

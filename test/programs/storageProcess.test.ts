import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const isLinux = process.platform === 'linux'

/** Runs `npm start`'s program with a small app in a directory of its own, and waits until it is ready. */
async function startProgram(env: Record<string, string> = {}) {
  const directory = await mkdtemp(resolve('node_modules/.cache/storage-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  await cp(join(import.meta.dirname, 'fixtures/app'), directory, { recursive: true })
  const { CALLS_STORAGE: _, ...inherited } = process.env
  const child = spawn(process.execPath, [resolve('dist/local-host/start.js')], {
    cwd: directory,
    env: { ...inherited, PORT: '0', ...env },
  })
  onTestFinished(() => void child.kill('SIGTERM'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const exited = once(child, 'exit')
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/^ready$/m)
  return { pid: child.pid ?? 0, exited, output: () => output }
}

/** The processes that a process has started. */
const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map(Number)

test.skipIf(!isLinux)('the service prints an error and stops when its storage process dies', async () => {
  const program = await startProgram()
  for (const pid of childrenOf(program.pid)) process.kill(pid, 'SIGKILL')
  expect(await program.exited).toEqual([1, null])
  expect(program.output()).toContain('The storage process (Azurite) exited, so Ringback is stopping')
})

test.skipIf(!isLinux).each(['/nonexistent', `/tmp/${'x'.repeat(150)}`])(
  'the service starts with TMPDIR=%s',
  async (TMPDIR) => {
    const program = await startProgram({ TMPDIR })
    const children = childrenOf(program.pid)
    expect(children).toHaveLength(1)
    process.kill(program.pid, 'SIGINT')
    expect(await program.exited).toEqual([0, null])
    expect(() => process.kill(children[0] ?? 0, 0)).toThrow('ESRCH')
  },
)

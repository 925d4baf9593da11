import { type ChildProcessByStdio, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const runDemo = (...args: string[]) => run(process.execPath, ['dist/examples/demo/demo.js', ...args])

test('the demo prints one line for each message, a diagram for each call, and its verdict', async () => {
  const { stdout } = await runDemo()
  expect(stdout).toMatch(/demo {5}-> Ringback {2}201 {2}POST \/simulator\/calls \(Megan Bowen calls the bot\)/)
  expect(stdout).toMatch(/bot {6}-> Ringback {2}200 {2}GET \/v1\/\.well-known\/OpenIdConfiguration/)
  expect(stdout).toMatch(/Ringback -> bot {7}202 {2}#1 call created: incoming\n/)
  expect(stdout).toMatch(/bot {6}-> Ringback {2}200 {2}POST \/beta\/app\/calls\/[0-9A-F]{8}\.\.\.\/answer/)
  expect(stdout.match(/^ +(Megan Bowen|Heidi Steen).* Ringback +bot$/gm), 'a diagram for each call').toHaveLength(4)
  expect(stdout).toMatch(/call 1 +[0-9A-F]{8}\.\.\. +7 of 7 notifications, each once and in order/)
  expect(stdout).toMatch(/the meeting +[0-9A-F]{8}\.\.\. +9 of 9 notifications, each once and in order/)
  expect(stdout).toMatch(
    /\nPassed: 26 notifications in \d+\.\d s\.\n\nWhat next\n {2}npm start .*\n {2}npm run bot .*\n$/,
  )
  expect(stdout, 'no bodies').not.toContain('{')
  expect(stdout, 'no other messages').not.toContain('Other messages')
  expect(stdout, 'no colors outside a terminal').not.toContain('\u001b')
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
})

test('the demo prints headers and bodies with --verbose, but no token', async () => {
  const { stdout } = await runDemo('--verbose')
  expect(stdout).toMatch(/bot {6}-> Ringback {2}POST \/beta\/app\/calls\/[0-9A-F]{32}\/answer/)
  expect(stdout).toContain('"replacesCallId": "/app/calls/')
  expect(stdout).toContain('Passed: 26 notifications')
  expect(stdout).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
})

test('the demo refuses an unknown argument and prints its usage', async () => {
  await expect(runDemo('--nonsense')).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Unknown argument: --nonsense\n\nUsage: npm run demo/),
  })
  expect((await runDemo('--help')).stdout).toContain('Usage: npm run demo [-- --verbose]')
})

test.skipIf(process.platform === 'win32').each([
  { how: 'its reader has gone', interrupt: (demo: Demo) => demo.stdout.destroy(), end: [1, null] },
  { how: 'a Ctrl-C', interrupt: (demo: Demo) => demo.kill('SIGINT'), end: [130, null] },
  { how: 'it was killed', interrupt: (demo: Demo) => demo.kill('SIGKILL'), end: [null, 'SIGKILL'] },
])('the demo leaves no process running after $how', async ({ interrupt, end }) => {
  const demo = spawn(process.execPath, ['dist/examples/demo/demo.js'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  demo.stdout.on('data', (text) => (printed += text))
  while (!printed.includes('POST /simulator/calls')) await once(demo.stdout, 'data')
  const started = childrenOf(demo)
  expect(started, 'storage, service and bot').toHaveLength(3)
  interrupt(demo)
  expect(await once(demo, 'exit')).toEqual(end)
  await expect.poll(() => started.filter(isRunning)).toEqual([])
  expect(printed, 'no verdict on an interrupted run').not.toContain('Failed')
})

type Demo = ChildProcessByStdio<null, Readable, null>

const childrenOf = ({ pid }: Demo): number[] =>
  execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

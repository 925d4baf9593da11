import { type ChildProcessByStdio, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the demo plays its flow, prints it, and ends well', { timeout: 60_000 }, async () => {
  const { stdout } = await run(process.execPath, ['dist/examples/demo/demo.js'])
  expect(stdout).toContain('demo    -> service  POST /simulator/calls')
  expect(stdout).toContain('bot     -> service  GET /v1/.well-known/OpenIdConfiguration')
  expect(stdout).toMatch(/service -> bot {6}#1 created call incoming +\/app\/calls\/[0-9A-F]{8}\.\.\./)
  expect(stdout).toMatch(/bot {5}-> service {2}POST \/beta\/app\/calls\/[0-9A-F]{32}\/answer/)
  expect(stdout).toMatch(/the call that grows +[0-9A-F]{8}\.\.\. +7 of 7 notifications, each once and in its order/)
  expect(stdout).toMatch(/the meeting +[0-9A-F]{8}\.\.\. +9 of 9 notifications, each once and in its order/)
  expect(stdout).toContain('"replacesCallId": "/app/calls/')
  expect(stdout).toMatch(/\nAll is right: 26 notifications in \d+\.\d s\.\n$/)
  expect(stdout, 'no whole token is printed').not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
  expect(stdout, 'no colours outside a terminal').not.toContain('\u001b')
})

test.skipIf(process.platform === 'win32').each([
  { how: 'its reader has gone', interrupt: (demo: Demo) => demo.stdout.destroy(), end: [1, null] },
  { how: 'a Ctrl-C', interrupt: (demo: Demo) => demo.kill('SIGINT'), end: [130, null] },
  { how: 'it was killed', interrupt: (demo: Demo) => demo.kill('SIGKILL'), end: [null, 'SIGKILL'] },
])('the demo leaves nothing running after $how', async ({ interrupt, end }) => {
  const demo = spawn(process.execPath, ['dist/examples/demo/demo.js'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  demo.stdout.on('data', (text) => (printed += text))
  while (!printed.includes('POST /simulator/calls')) await once(demo.stdout, 'data')
  const started = childrenOf(demo)
  expect(started, 'storage, service and bot').toHaveLength(3)
  interrupt(demo)
  expect(await once(demo, 'exit')).toEqual(end)
  await expect.poll(() => started.filter(isRunning), { timeout: 10_000 }).toEqual([])
  expect(printed, 'no verdict on what was broken off').not.toContain('Something is wrong')
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

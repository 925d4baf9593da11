import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { runNode } from './cliProcess.js'
import { appendRunLog } from './runLogs.js'
import type { RunningHost } from './serviceProcess.js'

/** Builds the npm package, and starts its service with a directory of its own. Both end with the test. */
export async function startPackage(settings: Record<string, string>): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-package-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await runNode(['scripts/npmPackage.ts', join(folder, 'package')])
  const start = (port: string) => launch(folder, port, settings)
  let running = await start('0')
  onTestFinished(() => end(running.child, 'SIGTERM'))
  const { baseUrl } = running
  return {
    baseUrl,
    get pid() {
      return running.child.pid ?? 0
    },
    log: () => running.log(),
    kill: () => end(running.child, 'SIGKILL'),
    restart: async () => {
      running = await start(new URL(baseUrl).port)
    },
    stop: () => end(running.child, 'SIGTERM'),
  }
}

async function launch(folder: string, port: string, settings: Record<string, string>) {
  const args = [join(folder, 'package/lib/cli.js'), 'start', '--json', '--port', port, '--data', join(folder, 'data')]
  const child = spawn(process.execPath, args, { env: { ...process.env, ...settings } })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      appendRunLog(String(child.pid), text)
    })
  }
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
  if (typeof line !== 'string') throw new Error(`the service did not start:\n${printed}`)
  return { child, baseUrl: JSON.parse(line).url as string, log: () => printed }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

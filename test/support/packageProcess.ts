import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runNode } from './cliProcess.js'
import { type RunningHost, runHost } from './runningHost.js'

/** Builds the npm package, and starts its service with a directory of its own. Both end with the test. */
export async function startPackage(settings: Record<string, string>): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-package-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await runNode(['scripts/npmPackage.ts', join(folder, 'package')])
  const host = await runHost((port) => ({
    args: [join(folder, 'package/lib/cli.js'), 'start', '--json', '--port', port, '--data', join(folder, 'data')],
    env: settings,
    findBaseUrl: (printed) => /^\{"type":"ready","url":"([^"]+)"/m.exec(printed)?.[1],
  }))
  onTestFinished(() => host.stop())
  return host
}

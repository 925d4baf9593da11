import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendRunLog } from './runLogs.js'

/** Two seconds on a quiet machine. */
const START_TIMEOUT_MS = 120_000

/** A process that runs the service. */
export interface RunningHost {
  readonly baseUrl: string
  /** The id of its process; another one after a restart. */
  readonly pid: number
  /** Returns everything that the process has printed. */
  readonly log: () => string
  /** Kills the process with SIGKILL, as a crash does. The storage stays. */
  kill(): Promise<void>
  /** Starts another process on the same storage and the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** How to start a process of Node.js that runs the service. */
export interface HostCommand {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Returns the base URL once the process has printed that it is ready. */
  readonly findBaseUrl: (printed: string) => string | undefined
}

/** @param commandFor the command for a port; 0 is a free one */
export async function runHost(commandFor: (port: string) => HostCommand): Promise<RunningHost> {
  let running = await launch(commandFor('0'))
  const { baseUrl } = running
  return {
    baseUrl,
    get pid() {
      return running.child.pid ?? 0
    },
    log: () => running.log(),
    kill: () => end(running.child, 'SIGKILL'),
    restart: async () => {
      running = await launch(commandFor(new URL(baseUrl).port))
    },
    stop: () => end(running.child, 'SIGTERM'),
  }
}

interface LaunchedProcess {
  readonly child: ChildProcess
  readonly baseUrl: string
  readonly log: () => string
}

async function launch({ args, env, cwd, findBaseUrl }: HostCommand): Promise<LaunchedProcess> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      appendRunLog(String(child.pid), text)
    })
  }
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    const baseUrl = findBaseUrl(printed)
    if (baseUrl !== undefined) return { child, baseUrl, log: () => printed }
    if (child.exitCode !== null || deadline.aborted) throw new Error(`the service did not start:\n${printed}`)
    await Promise.race([once(child.stdout, 'data', { signal: deadline }), once(child, 'exit', { signal: deadline })])
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

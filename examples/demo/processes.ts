import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Longer than the service waits for running invocations when it stops. */
const STOP_TIMEOUT_MS = 12_000
const STORAGE_CHECK_MS = 500
/** How many lines of output an error message shows when a process has stopped early. */
const MAX_OUTPUT_LINES = 12
/** The folder of the project, relative to dist/examples/demo. */
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** Node.js loads this module before the script. The IPC channel closes when the parent dies, also when it is killed. */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.exit(1)); process.channel?.unref()",
)}`

export interface Program {
  /** Resolves with the first match in the output of the program. Rejects when the program stops without a match. */
  waitForOutput(text: RegExp): Promise<string>
  /** Resolves when the program has stopped with exit code 0. Rejects when it has stopped otherwise. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a script of the built project in a process group of its own, so that a Ctrl-C in the terminal does not reach
 * it. The caller stops it after the processes that depend on it.
 */
export function startProgram(name: string, script: string, env: Record<string, string>): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', END_WITH_PARENT, script], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  let output = ''
  // A process blocks when its output pipe is full, so both pipes are read to the end.
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const done = ended.then(([code, signal]) => {
    if (code === 0) return
    const last = output.trimEnd().split('\n').slice(-MAX_OUTPUT_LINES)
    throw new Error(
      [`${name} stopped early (${signal ?? `exit code ${code}`}). Its last output:`, ...last].join('\n  '),
    )
  })
  // The caller may await these promises later or never.
  done.catch(() => undefined)
  const endedWithoutMatch = done.then(() => Promise.reject(new Error(`${name} stopped before it was ready.`)))
  endedWithoutMatch.catch(() => undefined)
  return {
    waitForOutput: (text) => Promise.race([findInOutput(child, text, () => output), endedWithoutMatch]),
    done,
    stop: () => stop(child, ended),
  }
}

function findInOutput({ stdout }: ChildProcess, text: RegExp, output: () => string): Promise<string> {
  return new Promise((resolve) => {
    const search = () => {
      const [found] = text.exec(output()) ?? []
      if (found === undefined) return
      stdout?.off('data', search)
      resolve(found)
    }
    stdout?.on('data', search)
    search()
  })
}

/** Rejects when the storage refuses connections: Azurite's handle does not report that Azurite has stopped. */
export async function watchStorage(connectionString: string): Promise<never> {
  const [, endpoint = ''] = /QueueEndpoint=([^;]+)/.exec(connectionString) ?? []
  for (;;) {
    await sleep(STORAGE_CHECK_MS, undefined, { ref: false })
    const response = await fetch(endpoint).catch((error: Error) => {
      const { code } = error.cause as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') throw new Error('The storage (Azurite) stopped early.')
    })
    await response?.body?.cancel()
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended.catch(() => undefined)
  clearTimeout(force)
}

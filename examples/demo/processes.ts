import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Longer than the service lets running invocations end. */
const STOP_TIMEOUT_MS = 12_000
const STORAGE_CHECK_MS = 500
/** How much of a process's output is shown when it has ended too early. */
const LAST_LINES = 12
/** The project's folder, seen from dist/examples/demo. */
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** Loaded before the script: the channel to this process closes when this process dies, however it dies. */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.exit(1)); process.channel?.unref()",
)}`

export interface Program {
  /** Resolves with the first match in what the program prints. Rejects when it ends without. */
  printed(text: RegExp): Promise<string>
  /** Resolves when it has ended with exit code 0. Rejects when it ends otherwise. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a script of the built project. A Ctrl-C in the terminal does not reach it (it is in a process group of its own):
 * whoever started it ends it when everything that needs it has ended.
 */
export function startProgram(name: string, script: string, env: Record<string, string>): Program {
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', END_WITH_PARENT, script], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  let output = ''
  // Read to the end: a pipe that nobody reads would stop its process.
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const done = ended.then(([code, signal]) => {
    if (code === 0) return
    const last = output.trimEnd().split('\n').slice(-LAST_LINES)
    throw new Error([`${name} ended early (${signal ?? `exit code ${code}`}). It said last:`, ...last].join('\n  '))
  })
  // Somebody may look only later, or never.
  done.catch(() => undefined)
  const silent = done.then(() => Promise.reject(new Error(`${name} ended before it was ready.`)))
  silent.catch(() => undefined)
  return {
    printed: (text) => Promise.race([waitFor(child, text, () => output), silent]),
    done,
    stop: () => stop(child, ended),
  }
}

function waitFor({ stdout }: ChildProcess, text: RegExp, output: () => string): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const [found] = text.exec(output()) ?? []
      if (found === undefined) return
      stdout?.off('data', look)
      resolve(found)
    }
    stdout?.on('data', look)
    look()
  })
}

/** Rejects when nobody listens at the storage any more; Azurite itself does not tell. */
export async function untilStorageEnds(connectionString: string): Promise<never> {
  const [, address = ''] = /QueueEndpoint=([^;]+)/.exec(connectionString) ?? []
  for (;;) {
    await sleep(STORAGE_CHECK_MS, undefined, { ref: false })
    const response = await fetch(address).catch((error: Error) => {
      const { code } = error.cause as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') throw new Error('The storage (Azurite) ended early.')
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

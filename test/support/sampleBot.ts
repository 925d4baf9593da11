import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFailed, onTestFinished } from 'vitest'

/** The built sample bot (examples/bot) as a process, which ends with the test. */
export interface SampleBot {
  readonly port: number
  /** Returns everything that it has printed. */
  readonly output: () => string
  /** The exit code and the signal, once it has ended. */
  readonly exited: Promise<unknown[]>
  readonly hasExited: () => boolean
}

export async function startSampleBot(
  serviceUrl: string,
  {
    applicationId,
    tenantId,
    threadId,
  }: { readonly applicationId: string; readonly tenantId: string; readonly threadId?: string },
): Promise<SampleBot> {
  const bot = spawn(process.execPath, ['dist/examples/bot/bot.js'], {
    env: {
      ...process.env,
      GRAPH_BASE_URL: serviceUrl,
      APPLICATION_ID: applicationId,
      TENANT_ID: tenantId,
      ...(threadId !== undefined && { MEETING_THREAD_ID: threadId }),
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void bot.kill())
  const exited = once(bot, 'exit')
  let output = ''
  bot.stdout.on('data', (text) => (output += text))
  onTestFailed(() => console.log(`The bot has printed:\n${output}`))
  while (!/listens on port \d+\./.test(output)) await once(bot.stdout, 'data')
  return {
    port: Number(/port (\d+)/.exec(output)?.[1]),
    output: () => output,
    exited,
    hasExited: () => bot.exitCode !== null,
  }
}

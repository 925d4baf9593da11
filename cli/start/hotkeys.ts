import { findBot } from '../bots.js'
import type { Client } from '../client.js'
import { CommandError } from '../errors.js'
import type { Output } from '../output.js'
import { MEGAN, placeCall } from '../people.js'
import type { Lines } from './lines.js'
import { openBrowser } from './openBrowser.js'

const CTRL_C = '\u0003'

interface HotkeyOptions {
  readonly client: Client
  readonly output: Output
  readonly lines: Lines
  readonly stopping: AbortController
}

interface Hotkey {
  readonly label: () => string
  readonly run: () => Promise<void> | void
}

/**
 * Acts on single keys. Does nothing without a terminal, in a pipeline (CI is set), and with `--json`.
 *
 * @returns undefined when it does nothing
 */
export function startHotkeys(options: HotkeyOptions): { stop(): void } | undefined {
  const { output } = options
  const { stdin } = process
  if (!stdin.isTTY || process.env.CI || output.isJson) return undefined
  const keys = createHotkeys(options)
  const printHelp = () => output.note([...keys].map(([key, { label }]) => `[${key}] ${label()}`).join('  '))
  const onData = (data: Buffer) => {
    const key = data.toString()
    if (key === CTRL_C) return options.stopping.abort()
    const hotkey = keys.get(key.toLowerCase())
    if (!hotkey) return printHelp()
    Promise.resolve()
      .then(hotkey.run)
      .catch((error: unknown) => output.note(error instanceof CommandError ? error.message : String(error)))
  }
  stdin.setRawMode(true).resume().on('data', onData)
  printHelp()
  return {
    stop() {
      stdin.off('data', onData).setRawMode(false).pause()
    },
  }
}

/** The hotkeys in the order of their help. A label follows the state. */
function createHotkeys({ client, output, lines, stopping }: HotkeyOptions): ReadonlyMap<string, Hotkey> {
  return new Map<string, Hotkey>([
    ['o', { label: () => 'open the inspector', run: () => openBrowser(`${client.url}/inspector`) }],
    [
      'c',
      {
        label: () => 'call the bot',
        run: async () => {
          const { applicationId, displayName } = await findBot(client)
          await placeCall(client, MEGAN, applicationId)
          output.note(`${MEGAN.user.displayName} calls ${displayName}.`)
        },
      },
    ],
    [
      'f',
      {
        label: () => (lines.failedOnly ? 'show all' : 'failed only'),
        run: () => {
          lines.failedOnly = !lines.failedOnly
          output.note(lines.failedOnly ? 'Only what failed is printed.' : 'Everything is printed.')
        },
      },
    ],
    ['q', { label: () => 'quit', run: () => stopping.abort() }],
  ])
}

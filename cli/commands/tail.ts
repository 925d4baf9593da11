import { findCallId } from '../calls.js'
import type { Context, DeclareCommand } from '../context.js'
import { createEventPrinter, isFailed } from '../eventPrinter.js'
import { followEvents, readLogPosition } from '../events.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'

interface TailOptions {
  readonly call?: string
  readonly failed?: boolean
}

export const declareTail: DeclareCommand = (program, run) => {
  program
    .command('tail')
    .description('print what happens in the service')
    .option('--call <id>', 'only what is about this call; the start of its id is enough')
    .option('--failed', 'only refused requests, failed deliveries and dead letters')
    .addHelpText('after', '\nExample:\n  ringback tail --failed')
    .action(run(tail))
}

async function tail({ client, output, interruptSignal }: Context, options: TailOptions): Promise<ExitCode> {
  const callId = options.call === undefined ? undefined : await findCallId(client, options.call)
  const printer = createEventPrinter(client, output)
  const from = await readLogPosition(client)
  output.note(`Following ${client.url}. Ctrl-C ends.`)
  for await (const update of followEvents(client, { from, signal: interruptSignal() })) {
    if (update.type !== 'entry') {
      printer.noteUpdate(update)
      continue
    }
    const { entry } = update
    const isWanted = entry.type === 'request' || !options.failed || isFailed(entry)
    if (isWanted && (callId === undefined || entry.callId === callId)) await printer.printEntry(entry)
  }
  return EXIT_OK
}

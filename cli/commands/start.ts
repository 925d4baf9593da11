import { Option } from 'commander'
import type { Context, DeclareCommand } from '../context.js'
import type { ExitCode } from '../exitCodes.js'
import type { StartOptions } from '../start/options.js'

export const declareStart: DeclareCommand = (program, run) => {
  program
    .command('start')
    .description('run the service and its inspector until Ctrl-C')
    .option('--port <number>', 'the port; 0 selects a free one (7071)')
    .option('--host <address>', 'the address on which it listens (127.0.0.1)')
    .option('--host-names <names>', 'more host names that it accepts, separated by commas')
    .option('--https', 'serve https, with an authority of its own')
    .addOption(new Option('--data <directory>', 'keep calls, bots and keys here').conflicts('storage'))
    .option('--storage <string>', 'the storage account that keeps them (CALLS_STORAGE)')
    .option('--env <file>', 'read settings from this file, one NAME=value per line')
    .option('--open', 'open the inspector in a browser')
    .addHelpText(
      'after',
      '\nWithout --data and --storage, all is lost at the end.\n\nExample:\n  ringback start --open',
    )
    .action(
      run(async (context: Context, options: StartOptions): Promise<ExitCode> => {
        // Loaded only here: the other commands talk to a running service, and start faster without it.
        const { start } = await import('../start/start.js')
        return start(context, options)
      }),
    )
}

import { toDiagram } from '../../shared/inspection/diagram.js'
import { count, describeCommand } from '../../shared/inspection/labels.js'
import { renderLadder } from '../../shared/inspection/ladder.js'
import type { CallView } from '../../shared/inspection/views.js'
import { findCallId, readCall } from '../calls.js'
import type { Context, DeclareCommand } from '../context.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'

export const declareShow: DeclareCommand = (program, run) => {
  program
    .command('show')
    .description('draw the messages of a call')
    .argument('[call]', 'the id of a call, or the start of it; by default the newest call')
    .addHelpText('after', '\nExamples:\n  ringback show\n  ringback show 3f2a')
    .action(run(show))
}

async function show({ client, output }: Context, id: string | undefined): Promise<ExitCode> {
  const call = await readCall(client, await findCallId(client, id))
  output.print(call, `${describeCall(call)}\n\n${renderLadder(toDiagram(call.entries, call)).trimEnd()}`)
  return EXIT_OK
}

function describeCall({ id, direction, state, endReason, notifications }: CallView): string {
  const { total, pending, deadLettered } = notifications
  const facts = [
    direction,
    state,
    ...(endReason === undefined ? [] : [describeCommand(endReason)]),
    count(total, 'notification'),
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(deadLettered > 0 ? [`${deadLettered} dead-lettered`] : []),
  ]
  return `call ${id}: ${facts.join(', ')}`
}

import { Option } from 'commander'
import { count, shortenId, toLine } from '../../shared/inspection/labels.js'
import { findCallId } from '../calls.js'
import { type Client, encodeQuery } from '../client.js'
import type { Context, DeclareCommand } from '../context.js'
import { UsageError } from '../errors.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'

/** A notification, as `GET /deliveries` lists it. */
interface Delivery {
  readonly callId: string
  readonly sequence: number
  readonly reason?: string
  readonly callbackUri: string
}

interface DeliveryPage {
  readonly value: readonly Delivery[]
  readonly '@odata.nextLink'?: string
}

/** Which calls are replayed. */
type Selection = { readonly callId: string } | { readonly since: string }

interface ReplayOptions {
  readonly call?: string
  readonly since?: string
}

export const declareReplay: DeclareCommand = (program, run) => {
  program
    .command('replay')
    .description('deliver dead letters again')
    .option('--call <id>', 'those of this call; the start of its id is enough')
    .addOption(new Option('--since <time>', 'those of all calls created since then').conflicts('call'))
    .addHelpText('after', '\nExamples:\n  ringback replay --call 3f2a\n  ringback replay --since 2026-01-31T09:30:00Z')
    .action(run(replay))
}

async function replay({ client, output }: Context, options: ReplayOptions): Promise<ExitCode> {
  const selection = await readSelection(client, options)
  let listed = 0
  output.progress('Looking for dead letters ...')
  for await (const { callId, sequence, reason = '', callbackUri } of listDeadLetters(client, selection)) {
    listed += 1
    const text = `#${sequence}  call ${shortenId(callId)}  ${toLine(`${callbackUri} ${reason}`)}`
    output.print({ type: 'deadLetter', callId, sequence, reason, callbackUri }, text)
    output.progress(`${count(listed, 'dead letter')} ...`)
  }
  const { calls } = await client.post<{ readonly calls: number }>('/deliveries/replay', selection)
  const text =
    calls === 0
      ? 'Nothing was dead-lettered.'
      : `Replaying ${count(listed, 'notification')} of ${count(calls, 'call')}.`
  output.print({ type: 'replay', calls, notifications: listed }, text)
  return EXIT_OK
}

async function readSelection(client: Client, { call, since }: ReplayOptions): Promise<Selection> {
  if (call !== undefined) return { callId: await findCallId(client, call) }
  if (since !== undefined) return { since }
  throw new UsageError('replay needs --call or --since.', 'Name a call with --call, or a time with --since.')
}

async function* listDeadLetters(client: Client, selection: Selection): AsyncGenerator<Delivery, void, undefined> {
  let query: string | undefined = encodeQuery({ ...selection, state: 'deadLettered' })
  while (query !== undefined) {
    const page: DeliveryPage = await client.get(`/deliveries?${query}`)
    yield* page.value
    query = page['@odata.nextLink']?.split('?')[1]
  }
}

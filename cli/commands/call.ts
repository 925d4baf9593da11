import { Option } from 'commander'
import { DIALECT_NAMES, type DialectName } from '../../shared/calls/resources.js'
import { isAcknowledged, type ListedEntry } from '../../shared/inspection/entries.js'
import { shortenId, toLine } from '../../shared/inspection/labels.js'
import { ensureBot, findBot, isUrl, type RegisteredBot } from '../bots.js'
import type { Client } from '../client.js'
import type { Context, DeclareCommand } from '../context.js'
import { UsageError } from '../errors.js'
import { createEventPrinter } from '../eventPrinter.js'
import { followEvents, type LogPosition, NoEventLog, readLogPosition } from '../events.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'
import { type CallerIdentity, MEGAN, placeCall } from '../people.js'

/** How long the last notifications of an ended call are waited for: a callback that fails may get them hours later. */
const AFTER_END_MS = 10_000

interface CallOptions {
  readonly from?: string
  readonly phone?: string
  readonly bot?: string
  readonly application?: string
  readonly tenant?: string
  readonly dialect?: DialectName
}

export const declareCall: DeclareCommand = (program, run) => {
  program
    .command('call')
    .description('let a person call a bot, and print the messages')
    .option('--from <id>', 'the id of the person (megan)')
    .addOption(new Option('--phone <number>', 'the call comes from this phone').conflicts('from'))
    .option('--bot <id|url>', 'the bot, or its callback, which is registered if needed; by default the only bot')
    .option('--application <id>', 'the application id under which a new callback is registered')
    .option('--tenant <id>', 'the tenant of the new registration')
    .addOption(new Option('--dialect <name>', 'the API that the new bot uses').choices(DIALECT_NAMES))
    .addHelpText('after', EXAMPLES)
    .action(run(call))
}

const EXAMPLES = `
Examples:
  ringback call --bot http://localhost:3978/api/calls
  ringback call --from heidi`

async function call(context: Context, options: CallOptions): Promise<ExitCode> {
  const { client, output } = context
  const bot = await resolveBot(client, options)
  if (bot.isNew) output.note(describeRegistration(bot, options))
  const from = await readLogPosition(client).catch(withoutLog)
  const caller = readCaller(options)
  const callId = await placeCall(client, caller, bot.applicationId)
  const { id } = caller.user ?? caller.phone ?? { id: '' }
  const result = { type: 'call', callId, personId: id, applicationId: bot.applicationId, isNewBot: bot.isNew }
  output.print(result, `${toLine(`${id} calls ${bot.displayName}`)}  call ${callId}`)
  if (from) await followCall(context, callId, from)
  else output.note('The service records no events, because it is not local.')
  return EXIT_OK
}

async function resolveBot(client: Client, options: CallOptions): Promise<RegisteredBot> {
  const { bot, application: applicationId, tenant: tenantId, dialect } = options
  if (bot !== undefined && isUrl(bot)) return ensureBot(client, bot, { applicationId, tenantId, dialect })
  const unused = (['application', 'tenant', 'dialect'] as const).find((name) => options[name] !== undefined)
  if (unused) throw new UsageError(`--${unused} is for a callback that is registered.`, 'Name its URL with --bot.')
  return findBot(client, bot)
}

/** A bot gets tokens under its own application id, and only those with the id of the registration may answer. */
function describeRegistration({ callingWebhook, applicationId }: RegisteredBot, options: CallOptions): string {
  const registered = toLine(`Registered ${callingWebhook} as application ${applicationId}.`)
  if (options.application !== undefined) return registered
  return `${registered} The bot must request its tokens with this id: --application registers it under its own.`
}

function readCaller({ from, phone }: CallOptions): CallerIdentity {
  if (phone !== undefined) return { phone: { id: phone } }
  return from === undefined ? MEGAN : { user: { id: from } }
}

function withoutLog(error: unknown): undefined {
  if (!(error instanceof NoEventLog)) throw error
}

/** Prints what is about the call, until it has ended and its notifications have been delivered, or until Ctrl-C. */
async function followCall({ client, output, interruptSignal }: Context, callId: string, from: LogPosition) {
  const printer = createEventPrinter(client, output)
  const progress = new CallProgress()
  const afterEnd = new AbortController()
  const signal = AbortSignal.any([interruptSignal(), afterEnd.signal])
  for await (const update of followEvents(client, { from, signal })) {
    if (update.type !== 'entry') {
      printer.noteUpdate(update)
      continue
    }
    const { entry } = update
    if (entry.callId !== callId) continue
    await printer.printEntry(entry)
    if (progress.add(entry) === 'ended') setTimeout(() => afterEnd.abort(), AFTER_END_MS).unref()
    if (progress.isComplete) return
  }
  const what = progress.hasEnded ? 'Notifications are still to be delivered' : 'The call goes on'
  output.note(`${what}: ringback tail --call ${shortenId(callId)}`)
}

/** What is known of a call from its entries. */
class CallProgress {
  hasEnded = false
  #last = 0
  #settled = 0

  /** Returns `ended` for the entry with which the call ends. */
  add(entry: ListedEntry): 'ended' | undefined {
    if (entry.type === 'commit') {
      this.#last = Math.max(this.#last, entry.notifications?.[1] ?? 0)
      const hasJustEnded = entry.to === 'terminated' && !this.hasEnded
      this.hasEnded ||= hasJustEnded
      return hasJustEnded ? 'ended' : undefined
    }
    if (entry.type === 'deadLetter') {
      this.#settled = entry.isRest ? Number.POSITIVE_INFINITY : Math.max(this.#settled, entry.sequence)
    } else if (entry.type === 'attempt' && isAcknowledged(entry)) {
      this.#settled = Math.max(this.#settled, entry.sequence)
    }
    return undefined
  }

  get isComplete(): boolean {
    return this.hasEnded && this.#settled >= this.#last
  }
}

import { Option } from 'commander'
import { DIALECT_NAMES, type DialectName } from '../../shared/calls/resources.js'
import { toLine } from '../../shared/inspection/labels.js'
import type { DoctorCheck, DoctorReport } from '../../shared/inspection/views.js'
import { findBot, findByCallback, isUrl, listBots } from '../bots.js'
import type { Client } from '../client.js'
import type { Context, DeclareCommand } from '../context.js'
import { UsageError } from '../errors.js'
import { EXIT_EXPECTATION_FAILED, EXIT_OK, type ExitCode } from '../exitCodes.js'
import type { Output } from '../output.js'

/** A callback to check: that of a registered bot, or a URL. */
interface Patient {
  readonly applicationId?: string | undefined
  readonly displayName?: string
  readonly callingWebhook: string
  /** Whether the service knows the bot. */
  readonly isRegistered: boolean
}

interface DoctorOptions {
  readonly application?: string
  readonly dialect?: DialectName
}

const RESULTS = {
  ok: { text: 'ok', color: 'green' },
  warning: { text: 'warn', color: 'yellow' },
  failed: { text: 'FAIL', color: 'red' },
} as const
const RESULT_WIDTH = 6
const NAME_WIDTH = 10

export const declareDoctor: DeclareCommand = (program, run) => {
  program
    .command('doctor')
    .description('test callbacks, and say what is wrong')
    .argument('[callback]', 'a URL, registered or not, or the id of a bot; by default all bots')
    .option('--application <id>', 'the application id of a bot that is not registered')
    .addOption(new Option('--dialect <name>', 'the API that it uses').choices(DIALECT_NAMES))
    .addHelpText('after', '\nExample:\n  ringback doctor http://localhost:3978/api/calls')
    .action(run(doctor))
}

async function doctor(context: Context, callback: string | undefined, options: DoctorOptions): Promise<ExitCode> {
  const { client, output } = context
  const patients = await findPatients(client, callback, options)
  let done = 0
  const showProgress = () => output.progress(`${done} of ${patients.length} callbacks checked ...`)
  showProgress()
  const reports = await Promise.all(
    patients.map(async (patient) => {
      const checks = await check(client, patient, options)
      done += 1
      showProgress()
      return { patient, checks }
    }),
  )
  for (const { patient, checks } of reports) printReport(output, patient, checks)
  const hasFailed = reports.some(({ checks }) => checks.some(({ result }) => result === 'failed'))
  return hasFailed ? EXIT_EXPECTATION_FAILED : EXIT_OK
}

async function findPatients(
  client: Client,
  callback: string | undefined,
  { application }: DoctorOptions,
): Promise<readonly Patient[]> {
  if (callback !== undefined && isUrl(callback)) {
    const known = application === undefined ? await findByCallback(client, callback) : []
    if (known.length > 0) return known.map((bot) => ({ ...bot, isRegistered: true }))
    return [{ applicationId: application, callingWebhook: callback, isRegistered: false }]
  }
  if (callback !== undefined) return [{ ...(await findBot(client, callback)), isRegistered: true }]
  const bots = await listBots(client)
  if (bots.length > 0) return bots.map((bot) => ({ ...bot, isRegistered: true }))
  throw new UsageError('No bot is registered.', 'Name a callback: ringback doctor http://localhost:3978/api/calls')
}

async function check(client: Client, patient: Patient, { dialect }: DoctorOptions): Promise<readonly DoctorCheck[]> {
  const { applicationId, callingWebhook, isRegistered } = patient
  const path = isRegistered ? `/inspector/bots/${applicationId}/doctor` : '/inspector/doctor'
  const body = isRegistered ? undefined : { callingWebhook, dialect, applicationId }
  return (await client.post<DoctorReport>(path, body)).checks
}

/** The first line names the callback. */
function printReport(output: Output, patient: Patient, checks: readonly DoctorCheck[]): void {
  const { applicationId, displayName = '(not registered)', callingWebhook } = patient
  const title = `${toLine(displayName)}  ${toLine(callingWebhook)}`
  checks.forEach((check, index) => {
    const lines = [...(index === 0 ? [title] : []), ...renderCheck(output, check)]
    output.print({ applicationId, callingWebhook, ...check }, lines.join('\n'))
  })
}

function renderCheck({ color }: Output, { name, result, finding, advice }: DoctorCheck): string[] {
  const shown = RESULTS[result]
  const line = `${color(shown.color, shown.text.padEnd(RESULT_WIDTH))}${name.padEnd(NAME_WIDTH)}${toLine(finding)}`
  if (advice === undefined) return [line]
  return [line, `${' '.repeat(RESULT_WIDTH)}${'try'.padEnd(NAME_WIDTH)}${toLine(advice)}`]
}

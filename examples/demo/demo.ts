/** The program of `npm run demo`: starts everything on free ports, runs the flow, prints it and checks it. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAzurite } from '../../local-host/azurite.js'
import { BOT, SERVICE } from './arrows.js'
import { check, EXPECTED, isCorrect } from './check.js'
import { personName, runFlow, TEXTS } from './flow.js'
import { readDelivery } from './messages.js'
import { type Program, startProgram, watchStorage } from './processes.js'
import { type RecordedRequest, type Recorder, startRecorder } from './recorder.js'
import { printHeading, Story } from './story.js'
import { inOrder, shortenIds } from './transcript.js'

const USAGE = `Usage: npm run demo [-- --verbose]

  --verbose   print the headers and bodies of all messages
`
const INTRODUCTION = `\
Ringback is a service with the calling API of Microsoft Graph. This demo starts it with local storage and a sample bot,
and lets simulated people call the bot.

Each line of a call is one HTTP request: seconds since the start, sender -> receiver, status of the reply, message.
A message that begins with a number, such as "#1 call created: incoming", is a notification; the number is its place
in the order of its call. Calls can overlap: the messages are grouped by call, and the times show the overlap.
A diagram ends each call. A dotted arrow shows what happens in the simulator, without an HTTP request.
`
const VERBOSE_HINT = '"npm run demo -- --verbose" prints headers and bodies too.\n'
const NEXT_STEPS = `
What next
  npm start      starts the service and prints the commands that register a bot and call it
  npm run bot    starts the sample bot in a second terminal; see examples/bot/README.md`

const NAME_WIDTH = Math.max(...Object.keys(EXPECTED).map((name) => name.length))
const TIME_LIMIT_MS = 60_000
/** Longer than the service waits before the first retry of a notification. */
const SETTLE_MS = 2_000
const TENANT_ID = randomUUID()
const APPLICATION_ID = randomUUID()

const cleanUp: (() => unknown)[] = []
const deliveries: RecordedRequest[] = []
let startedAt = Date.now()
let endingWith: number | undefined

async function demo(isVerbose: boolean): Promise<number> {
  console.log(isVerbose ? INTRODUCTION : `${INTRODUCTION}${VERBOSE_HINT}`)
  console.log('Starting the storage (Azurite, in memory) ...')
  const starting = startAzurite()
  // Registered before the start is complete, so that an interrupt stops it too.
  cleanUp.push(async () => (await starting).stop())
  const azurite = await starting
  if (endingWith !== undefined) return endingWith

  console.log('Starting the service ...')
  const { program: service, url } = await startService(azurite.connectionString())

  console.log('Starting the bot ...')
  startedAt = Date.now()
  const story = new Story({ texts: TEXTS, personName, startedAt, isVerbose })
  const transcript = inOrder((exchange) => {
    if (endingWith === undefined) story.tell(exchange)
  })
  const flow = await startFlow(url, transcript.observe)
  const failure = await waitForEnd(flow, [service.done, watchStorage(azurite.connectionString())])
  // After an interrupt there is no verdict.
  if (endingWith !== undefined) return endingWith
  transcript.flush()
  story.finish()
  return report(failure)
}

/** Starts the bot and the flow, with recorders between all parties. The result ends when the bot has ended. */
async function startFlow(serviceUrl: string, observe: ReturnType<typeof inOrder>['observe']) {
  const record = async (from: string, to: string, target: () => string): Promise<Recorder> => {
    const recorder = await startRecorder({ from, to, target }, (request) => {
      if (readDelivery(request)) deliveries.push(request)
      return observe(request)
    })
    cleanUp.push(() => recorder.close())
    return recorder
  }
  const toService = await record(BOT, SERVICE, () => serviceUrl)
  const fromDemo = await record('demo', SERVICE, () => serviceUrl)
  let botUrl = ''
  const toBot = await record(SERVICE, BOT, () => botUrl)
  const bot = await startBot(toService.url, toBot.url)
  botUrl = bot.url
  const flow = runFlow({
    serviceUrl: fromDemo.url,
    callingWebhook: `${toBot.url}/api/calls`,
    tenantId: TENANT_ID,
    applicationId: APPLICATION_ID,
    countEndedCalls,
  })
  return { ended: Promise.all([flow, bot.program.done]) }
}

function countEndedCalls(): number {
  const ended = deliveries.map(readDelivery).filter((delivery) => delivery?.what === 'call deleted')
  return new Set(ended.map((delivery) => delivery?.call)).size
}

/** Waits for the end of the flow and for duplicates that arrive after it. Returns what prevented the end. */
async function waitForEnd(flow: { ended: Promise<unknown> }, needed: Promise<void>[]): Promise<string | undefined> {
  const settled = flow.ended.then(() => {
    if (endingWith === undefined)
      console.log(`\nWaiting ${SETTLE_MS / 1000} s, in case a notification is sent a second time ...`)
    return sleep(SETTLE_MS)
  })
  const stopped = needed.map((done) => done.then(() => Promise.reject(new Error('The service stopped early.'))))
  const limit = sleep(TIME_LIMIT_MS, undefined, { ref: false }).then(() =>
    Promise.reject(new Error(`The bot did not end within ${TIME_LIMIT_MS / 1000} s.`)),
  )
  return Promise.race([settled, ...stopped, limit]).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** Prints the verdict on the order of each call. Returns the exit code. */
function report(failure: string | undefined): number {
  const verdicts = check(deliveries.flatMap((request) => readDelivery(request) ?? []))
  printHeading('Check', 'The bot must get each notification once, and the notifications of a call in their order.')
  for (const { name, call = 'no call', expected, got, differences } of verdicts) {
    const verdict = differences.length === 0 ? 'each once and in order' : 'WRONG:'
    const id = shortenIds(call).padEnd(11)
    console.log(`  ${name.padEnd(NAME_WIDTH)}  ${id}  ${got} of ${expected} notifications, ${verdict}`)
    for (const line of differences) console.log(`    ${line}`)
  }
  if (failure !== undefined) console.log(`\n${failure}`)
  const hasPassed = failure === undefined && isCorrect(verdicts)
  const seconds = (((deliveries.at(-1)?.sentAt ?? startedAt) - startedAt) / 1000).toFixed(1)
  console.log(`\n${hasPassed ? 'Passed' : 'Failed'}: ${deliveries.length} notifications in ${seconds} s.`)
  if (hasPassed) console.log(NEXT_STEPS)
  return hasPassed ? 0 : 1
}

async function startService(storage: string): Promise<{ program: Program; url: string }> {
  const keys = await mkdtemp(join(tmpdir(), 'ringback-'))
  cleanUp.push(() => rm(keys, { recursive: true, force: true }))
  const env = { HOST: '127.0.0.1', PORT: '0', CALLS_STORAGE: storage, KEYS_DIRECTORY: keys }
  const program = start('The service', 'dist/local-host/start.js', env)
  const url = await program.waitForOutput(/http:\/\/127\.0\.0\.1:\d+/)
  await program.waitForOutput(/^ready$/m)
  return { program, url }
}

async function startBot(graph: string, callback: string): Promise<{ program: Program; url: string }> {
  const addresses = { GRAPH_BASE_URL: graph, CALLBACK_BASE_URL: callback, PORT: '0' }
  const env = { ...addresses, APPLICATION_ID, TENANT_ID, CLIENT_SECRET: 'any' }
  const program = start('The bot', 'dist/examples/bot/bot.js', env)
  const output = await program.waitForOutput(/listens on port \d+/)
  return { program, url: `http://127.0.0.1:${output.split(' ').at(-1)}` }
}

function start(name: string, script: string, env: Record<string, string>): Program {
  if (endingWith !== undefined) throw new Error('The demo is ending and starts no more programs.')
  const program = startProgram(name, script, env)
  cleanUp.push(() => program.stop())
  return program
}

/** Stops everything in the reverse order of its start. Only the first call counts: npm repeats a Ctrl-C. */
async function end(exitCode: number): Promise<void> {
  if (endingWith !== undefined) return
  endingWith = exitCode
  for (let step = cleanUp.pop(); step; step = cleanUp.pop()) {
    // An error in one step must not prevent the others.
    await Promise.resolve().then(step).catch(console.error)
  }
  process.exit(exitCode)
}

function interrupt(exitCode: number): void {
  if (endingWith === undefined) console.log('\nStopping ...')
  void end(exitCode)
}

/** Returns whether to print the long form. Ends the process when the arguments do not ask for a run of the demo. */
function readArguments(args: readonly string[]): boolean {
  const unknown = args.find((argument) => argument !== '--verbose' && argument !== '--help')
  if (unknown !== undefined) {
    console.error(`Unknown argument: ${unknown}\n\n${USAGE}`)
    process.exit(1)
  }
  if (args.includes('--help')) {
    console.log(USAGE)
    process.exit(0)
  }
  return args.includes('--verbose')
}

process.on('SIGINT', () => interrupt(130))
process.on('SIGTERM', () => interrupt(143))
process.on('SIGHUP', () => interrupt(129))
// The reader of the output has gone, as in `npm run demo | head`.
process.stdout.on('error', () => void end(1))

demo(readArguments(process.argv.slice(2))).then(
  (exitCode) => end(exitCode),
  (error: unknown) => {
    // The end of the demo causes errors itself; they are not reported.
    if (endingWith === undefined) console.error(error instanceof Error ? error.message : error)
    return end(1)
  },
)

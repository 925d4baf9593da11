/** What `npm run demo` runs: everything on free ports, the flow between a person, the service and the bot, and its check. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { startAzurite } from '../../local-host/azurite.js'
import { check, EXPECTED } from './check.js'
import { type Program, startProgram, untilStorageEnds } from './processes.js'
import { type Asked, type Recorder, startRecorder } from './recorder.js'
import { deliveredIn, describe, inOrder, shortenIds } from './transcript.js'

const NAME_WIDTH = Math.max(...Object.keys(EXPECTED).map((name) => name.length))
const TIME_LIMIT_MS = 60_000
/** Longer than the service waits before it sends something again. */
const SETTLE_MS = 2_000
const LOOK_EVERY_MS = 50
const TEST_USER = { id: '8a34a46b-3d17-4adc-8dce-dc4e7d572698', displayName: 'Test User' }
const HEIDI = { id: '550fae72-d251-43ec-868c-373732c2704f', displayName: 'Heidi Steen' }
/** Who calls the bot, one after the other. It invites Heidi into the first call, so she is free when she calls herself. */
const CALLERS = [TEST_USER, TEST_USER, HEIDI]
const TENANT_ID = randomUUID()
const APPLICATION_ID = randomUUID()

const cleanUp: (() => unknown)[] = []
const heard: Asked[] = []
let startedAt = Date.now()
let endingWith: number | undefined

const transcript = inOrder((exchange) => {
  if (endingWith !== undefined) return
  const [first = '', ...rest] = describe(exchange, startedAt)
  console.log([styleText('bold', first), ...rest.map((line) => styleText('dim', line)), ''].join('\n'))
})

async function demo(): Promise<number> {
  console.log('Starting the storage (Azurite, in memory) ...')
  const starting = startAzurite()
  // Also when it has only begun to start.
  cleanUp.push(async () => (await starting).stop())
  const azurite = await starting
  if (endingWith !== undefined) return endingWith

  console.log('Starting the service ...')
  const { program: service, url } = await startService(azurite.connectionString())

  console.log('Starting the bot. From here on every request passes a recorder ...\n')
  startedAt = Date.now()
  const toService = await record('bot', 'service', () => url)
  const fromDemo = await record('demo', 'service', () => url)
  let botUrl = ''
  const toBot = await record('service', 'bot', () => botUrl)
  const bot = await startBot(toService.url, toBot.url)
  botUrl = bot.url

  const flow = Promise.all([play(fromDemo.url, `${toBot.url}/api/calls`), bot.program.done])
  const failure = await watch(flow, [service.done, untilStorageEnds(azurite.connectionString())])
  // Who has pressed Ctrl-C wants no verdict.
  if (endingWith !== undefined) return endingWith
  transcript.flush()
  const isRight = report()
  const seconds = (((heard.at(-1)?.sentAt ?? startedAt) - startedAt) / 1000).toFixed(1)
  if (failure !== undefined) console.log(`\n${failure}`)
  const verdict = isRight && failure === undefined ? 'All is right' : 'Something is wrong'
  console.log(`\n${verdict}: ${heard.length} notifications in ${seconds} s.`)
  return isRight && failure === undefined ? 0 : 1
}

/** Lets the flow play to its end, and a moment longer. Returns what kept it from there. */
async function watch(flow: Promise<unknown>, needed: Promise<void>[]): Promise<string | undefined> {
  // What is sent twice comes after the end.
  const settled = flow.then(() => sleep(SETTLE_MS))
  const ended = needed.map((one) => one.then(() => Promise.reject(new Error('The service ended early.'))))
  const limit = sleep(TIME_LIMIT_MS, undefined, { ref: false }).then(() =>
    Promise.reject(new Error(`The bot has not come to its end within ${TIME_LIMIT_MS / 1000} s.`)),
  )
  return Promise.race([settled, ...ended, limit]).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** What happens outside: the bot is registered, and people call it, each when the call before has ended. */
async function play(service: string, callingWebhook: string): Promise<void> {
  const form = { grant_type: 'client_credentials', client_id: APPLICATION_ID, client_secret: 'any' }
  const reply = await fetch(`${service}/${TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
  })
  const { access_token: token } = (await reply.json()) as { access_token: string }
  const send = async (method: string, path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const response = await fetch(`${service}${path}`, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  }
  const bot = { displayName: 'Test Bot', tenantId: TENANT_ID, callingWebhook, dialect: 'app' }
  await send('PUT', `/bots/${APPLICATION_ID}`, bot)
  for (const [index, user] of CALLERS.entries()) {
    while (callsOver() < index) await sleep(LOOK_EVERY_MS)
    await send('POST', '/simulator/calls', {
      to: { application: { id: APPLICATION_ID } },
      from: { user: { ...user, tenantId: TENANT_ID } },
      requestedModalities: ['audio', 'video'],
    })
  }
}

const callsOver = () => heard.filter((asked) => deliveredIn(asked)?.what === 'deleted call').length

/** The verdict on each call's order. Returns true when all is right. */
function report(): boolean {
  const verdicts = check(heard.flatMap((asked) => deliveredIn(asked) ?? []))
  console.log('What the bot was told of each call:\n')
  for (const { name, call = 'never made', expected, got, differences } of verdicts) {
    const verdict = differences.length === 0 ? 'each once and in its order' : 'NOT as it must be:'
    console.log(
      `  ${name.padEnd(NAME_WIDTH)}  ${shortenIds(call).padEnd(11)}  ${got} of ${expected} notifications, ${verdict}`,
    )
    for (const line of differences) console.log(`    ${line}`)
  }
  return verdicts.every(({ differences }) => differences.length === 0)
}

async function record(from: string, to: string, target: () => string): Promise<Recorder> {
  const recorder = await startRecorder({ from, to, target }, (asked) => {
    if (deliveredIn(asked)) heard.push(asked)
    return transcript.observe(asked)
  })
  cleanUp.push(() => recorder.close())
  return recorder
}

async function startService(storage: string): Promise<{ program: Program; url: string }> {
  const keys = await mkdtemp(join(tmpdir(), 'ringback-'))
  cleanUp.push(() => rm(keys, { recursive: true, force: true }))
  const env = { HOST: '127.0.0.1', PORT: '0', CALLS_STORAGE: storage, KEYS_DIRECTORY: keys }
  const program = start('The service', 'dist/local-host/start.js', env)
  const url = await program.printed(/http:\/\/127\.0\.0\.1:\d+/)
  await program.printed(/^ready$/m)
  return { program, url }
}

async function startBot(graph: string, callback: string): Promise<{ program: Program; url: string }> {
  const addresses = { GRAPH_BASE_URL: graph, CALLBACK_BASE_URL: callback, PORT: '0' }
  const env = { ...addresses, APPLICATION_ID, TENANT_ID, CLIENT_SECRET: 'any' }
  const program = start('The bot', 'dist/examples/bot/bot.js', env)
  const said = await program.printed(/listens on port \d+/)
  return { program, url: `http://127.0.0.1:${said.split(' ').at(-1)}` }
}

function start(name: string, script: string, env: Record<string, string>): Program {
  if (endingWith !== undefined) throw new Error('Nothing is started any more.')
  const program = startProgram(name, script, env)
  cleanUp.push(() => program.stop())
  return program
}

/** Ends everything that was started, the last first. npm passes a Ctrl-C on that the terminal has sent: the first counts. */
async function end(exitCode: number): Promise<void> {
  if (endingWith !== undefined) return
  endingWith = exitCode
  for (let step = cleanUp.pop(); step; step = cleanUp.pop()) {
    // What cannot be ended must not keep the others from their end.
    await Promise.resolve().then(step).catch(console.error)
  }
  process.exit(exitCode)
}

function interrupt(exitCode: number): void {
  if (endingWith === undefined) console.log('\nEnding ...')
  void end(exitCode)
}

process.on('SIGINT', () => interrupt(130))
process.on('SIGTERM', () => interrupt(143))
process.on('SIGHUP', () => interrupt(129))
// Whoever reads this has gone, as in `npm run demo | head`.
process.stdout.on('error', () => void end(1))

demo().then(
  (exitCode) => end(exitCode),
  (error: unknown) => {
    // What ends because we end is no news.
    if (endingWith === undefined) console.error(error instanceof Error ? error.message : error)
    return end(1)
  },
)

/** What `npm run demo` runs: everything on free ports, the flow between a person, the service and the bot, and its check. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAzurite } from '../../local-host/azurite.js'
import { check } from './check.js'
import { type Exchange, type Recorder, startRecorder } from './recorder.js'
import { deliveredIn, describe, short } from './transcript.js'

const TIME_LIMIT_MS = 60_000
/** Longer than the service waits before it sends something again. */
const SETTLE_MS = 2_000
const TENANT_ID = randomUUID()
const APPLICATION_ID = randomUUID()

const cleanUp: (() => unknown)[] = []
const exchanges: Exchange[] = []
let startedAt = Date.now()

async function demo(): Promise<number> {
  console.log('Starting storage (Azurite, in memory) ...')
  const azurite = await startAzurite()
  cleanUp.push(() => azurite.stop())

  console.log('Starting the service ...')
  const service = await startService(azurite.connectionString())
  const graph = await record('bot', 'service', () => service)
  const person = await record('demo', 'service', () => service)

  console.log('Starting the bot ...\n')
  startedAt = Date.now()
  let callback = ''
  const webhook = await record('service', 'bot', () => callback)
  const bot = await startBot(graph.url, webhook.url)
  callback = bot.url

  await play(person.url, `${webhook.url}/api/calls`)
  const ended = await Promise.race([once(bot.process, 'exit'), once(AbortSignal.timeout(TIME_LIMIT_MS), 'abort')])
  if (ended[0] !== 0) console.log(`\nThe bot did not get to its end within ${TIME_LIMIT_MS / 1000} s.`)
  // What is sent twice comes after the end.
  await sleep(SETTLE_MS)
  return report() && ended[0] === 0 ? 0 : 1
}

/** What happens outside: the bot is registered, and somebody calls it. */
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
  await send('POST', '/simulator/calls', {
    to: { application: { id: APPLICATION_ID } },
    from: { user: { id: '8a34a46b-3d17-4adc-8dce-dc4e7d572698', displayName: 'Test User', tenantId: TENANT_ID } },
    requestedModalities: ['audio', 'video'],
  })
}

/** The verdict on each call's order. Returns true when all is right. */
function report(): boolean {
  const delivered = exchanges.toSorted((a, b) => a.sentAt - b.sentAt).flatMap((one) => deliveredIn(one) ?? [])
  const verdicts = check(delivered)
  console.log(`\n${delivered.length} notifications came.`)
  for (const { name, call = 'never made', differences } of verdicts) {
    const verdict = differences.length === 0 ? 'every notification came once, in its order' : 'NOT as it must be:'
    console.log(`  ${name} (${short(call)}): ${verdict}`)
    for (const line of differences) console.log(`    ${line}`)
  }
  return verdicts.every(({ differences }) => differences.length === 0)
}

async function record(from: string, to: string, target: () => string): Promise<Recorder> {
  const recorder = await startRecorder({ from, to, target }, (exchange) => {
    exchanges.push(exchange)
    console.log(`${describe(exchange, startedAt)}\n`)
  })
  cleanUp.push(() => recorder.close())
  return recorder
}

async function startService(storage: string): Promise<string> {
  const keys = await mkdtemp(join(tmpdir(), 'ringback-'))
  cleanUp.push(() => rm(keys, { recursive: true }))
  const service = start('dist/local-host/start.js', { PORT: '0', CALLS_STORAGE: storage, KEYS_DIRECTORY: keys })
  const printed = await readUntil(service, /^ready$/m, 'the service')
  return /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
}

async function startBot(graph: string, webhook: string): Promise<{ process: ChildProcess; url: string }> {
  const bot = start('dist/examples/bot/bot.js', {
    GRAPH_BASE_URL: graph,
    CALLBACK_BASE_URL: webhook,
    APPLICATION_ID,
    TENANT_ID,
    PORT: '0',
  })
  const printed = await readUntil(bot, /listens on port (\d+)/, 'the bot')
  return { process: bot, url: `http://127.0.0.1:${/listens on port (\d+)/.exec(printed)?.[1]}` }
}

function start(script: string, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    env: { ...process.env, HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUp.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return child
}

/** Reads on after the text has come: a pipe that nobody reads would stop its process. */
async function readUntil(child: ChildProcess, text: RegExp, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
      if (text.test(printed)) resolve(printed)
    })
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready:\n${printed}`)))
  })
}

async function end(exitCode: number): Promise<never> {
  for (const step of cleanUp.reverse()) await step()
  process.exit(exitCode)
}

process.once('SIGINT', () => void end(130))
process.once('SIGTERM', () => void end(143))

demo().then(
  (exitCode) => end(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return end(1)
  },
)

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Agent, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runNode } from '../support/cliProcess.js'
import { startIssuer } from '../support/issuer.js'
import { takeAccount } from '../support/ownService.js'
import { canRun } from '../support/processes.js'
import { startBot } from '../support/testBot.js'

// `ringback start` of the npm package, as a process.

/** An emulator on a port where nothing listens. */
const CLOSED_STORAGE = [
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5',
  ...['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=http://127.0.0.1:9/a`),
].join(';')

/** A file, and no directory. */
const FILE = 'package/package.json'

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-start-'))
  await runNode(['scripts/npmPackage.ts', join(folder, 'package')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface StartedProcess {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
}

/** What npm sets for its commands; these tests may run below one. */
const WITHOUT_NPM = { npm_command: '' }

const commandOf = (args: readonly string[]): string[] => [join(folder, 'package/lib/cli.js'), 'start', ...args]

function spawnStart(args: readonly string[], env: Record<string, string> = {}): StartedProcess {
  const child = spawn(process.execPath, commandOf(args), {
    cwd: folder,
    env: { ...process.env, ...WITHOUT_NPM, ...env },
  })
  onTestFinished(() => void stop(child, 'SIGKILL'))
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await once(child, 'exit')
  return child.exitCode
}

/** Starts it on a free port, and waits until it is ready. */
async function start(args: readonly string[], env?: Record<string, string>) {
  const started = spawnStart(['--port', '0', ...args], env)
  await expect.poll(started.stdout).toContain('Ctrl-C stops it.')
  return { ...started, url: /https?:\/\/[\w.:]+/.exec(started.stdout())?.[0] ?? '' }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it with exit code 0', async (signal) => {
  const { child, stdout, stderr } = await start([])
  expect(stdout()).toContain('Calls and bots:         in memory; --data DIRECTORY keeps them')
  expect(await stop(child, signal)).toBe(0)
  expect(stderr()).toBe('Stopping ...\n')
})

test('SIGTERM does not wait for a callback that does not answer', async () => {
  const { child, url } = await start([], { NOTIFICATION_TIMEOUT_MS: '25000' })
  const bot = await startBot(url)
  bot.onNotification = () => undefined
  await bot.register('communications')
  const to = { application: { id: bot.applicationId } }
  await bot.request('POST', '/simulator/calls', { to, from: { user: { id: 'heidi' } } })
  await bot.waitFor(1)
  const startedAt = performance.now()
  expect(await stop(child)).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(20_000)
})

test('the next step is printed as the user can type it', async () => {
  const { stdout } = await start([])
  expect(stdout()).toMatch(/^ {2}ringback call --url \S+ --bot http/m)
  const viaNpx = await start(['--https'], { npm_command: 'exec' })
  expect(viaNpx.stdout()).toMatch(/^ {2}NODE_EXTRA_CA_CERTS='\S+ca\.crt' npx ringback call --url https:\S+ --bot http/m)
})

test('with --json it prints its address, then each entry of the event log, a line each', async () => {
  const { stdout } = spawnStart(['--port', '0', '--json'])
  await expect.poll(stdout).toMatch(/\n/)
  const ready = JSON.parse(stdout())
  expect(ready).toEqual({ type: 'ready', url: expect.any(String), inspector: `${ready.url}/inspector` })
  await startBot(ready.url)
  await expect.poll(() => stdout().trim().split('\n').length).toBeGreaterThan(1)
  expect(JSON.parse(stdout().trim().split('\n')[1] ?? '')).toMatchObject({ type: 'reply', status: 200 })
})

test('the inspector and the reference page are a part of it', async () => {
  const { url } = await start([])
  const page = await fetch(`${url}/inspector`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect((await fetch(`${url}/inspector/assets/app.js`)).status).toBe(200)
  expect((await fetch(`${url}/docs`)).status).toBe(200)
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200)
})

test('--https serves https with an authority of its own', async () => {
  const { url, stdout } = await start(['--https', '--host-names', 'graph.example'])
  const caFile = /Authority to trust: +(\S+)/.exec(stdout())?.[1] ?? ''
  const agent = new Agent({ ca: readFileSync(caFile) })
  onTestFinished(() => agent.destroy())
  const options = { agent, headers: { Host: 'graph.example' } }
  const status = await new Promise((resolve, reject) => {
    get(`${url}/health`, options, (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  expect(status).toBe(200)
})

test.skipIf(process.platform === 'win32')('with --https, too, only the owner can read the directory', async () => {
  await start(['--https', '--data', 'private'])
  expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o700)
})

test('--env reads settings from a file, and environment variables win', async () => {
  writeFileSync(join(folder, 'settings.env'), 'NOTIFICATION_ISSUER=https://issuer.example\nSIMULATOR=false\n')
  const { url } = await start(['--env', 'settings.env'], { SIMULATOR: 'true' })
  const metadata = await fetch(`${url}/v1/.well-known/openidconfiguration`)
  expect(await metadata.json()).toMatchObject({ issuer: 'https://issuer.example' })
  const bot = await startBot(url)
  expect((await bot.request('POST', '/simulator/people/heidi/answer')).text).toContain('heidi is in no call')
})

test('--storage keeps calls and bots in a storage account, also for the next process', async () => {
  const storage = takeAccount()
  const keys = { KEYS_DIRECTORY: join(folder, 'keys') }
  const first = await start(['--storage', storage], keys)
  const bot = await startBot(first.url)
  expect((await bot.register('communications')).status).toBe(201)
  const to = { application: { id: bot.applicationId } }
  const placed = await bot.request('POST', '/simulator/calls', { to, from: { user: { id: 'heidi' } } })
  await bot.waitFor(1)
  await stop(first.child, 'SIGKILL')
  const second = await start(['--storage', storage], keys)
  const read = await fetch(`${second.url}/v1.0/communications/calls/${placed.body.id}`, {
    headers: { Authorization: `Bearer ${bot.token}` },
  })
  expect(await read.json()).toMatchObject({ id: placed.body.id, state: 'incoming' })
})

/** The storage of a test as an account of Azure: its connection string names an endpoint in a cloud, which is not used. */
const takeAzureAccount = () => `${takeAccount()};FileEndpoint=https://account.file.core.windows.net`

test('with a storage account of Azure the tokens come from TOKEN_ISSUERS', async () => {
  const audience = 'api://ringback'
  const issuer = await startIssuer(randomUUID(), audience)
  onTestFinished(() => issuer.close())
  const { url, stdout } = await start([], {
    CALLS_STORAGE: takeAzureAccount(),
    TOKEN_ISSUERS: issuer.issuer,
    TOKEN_AUDIENCES: audience,
    KEYS_DIRECTORY: join(folder, 'azure-keys'),
  })
  expect(stdout()).toContain('Tokens:                 those of TOKEN_ISSUERS')
  expect(stdout()).toContain('Inspector:              off')
  expect(stdout()).toContain('Calls and bots:         in the storage account')
  expect((await fetch(`${url}/any/oauth2/v2.0/token`, { method: 'POST' })).status).toBe(404)
  const appid = randomUUID()
  const token = await issuer.sign({ appid, roles: ['Bots.ReadWrite.All'] })
  const bot = { displayName: 'A bot', tenantId: randomUUID(), callingWebhook: 'https://example.com/api/calls' }
  const reply = await fetch(`${url}/bots/${appid}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...bot, dialect: 'communications' }),
  })
  expect([reply.status, await reply.text()]).toEqual([201, expect.stringContaining(appid)])
})

const AZURE = 'DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5;EndpointSuffix=core.windows.net'

test.each([
  ['a port that is not a number', ['--port', 'x'], {}, /--port must be a whole number from 0 to 65535, not 'x'/],
  ['PORT that is not a number', [], { PORT: 'x' }, /error: PORT must be a whole number from 0 to 65535, not 'x'/],
  ['a file that does not exist', ['--env', 'missing.env'], {}, /--env: cannot read missing\.env/],
  ['--host of another machine', ['--port', '0', '--host', '192.0.2.1'], {}, /error: --host must be a name or an addr/],
  ['HOST of another machine', ['--port', '0'], { HOST: '192.0.2.1' }, /error: HOST must be a name or an address of/],
  ['--data with --storage', ['--data', 'a', '--storage', 'b'], {}, /cannot be used with/],
  ['--data without a value', ['--data', ''], {}, /--data needs a directory/],
  ['--storage without a value', ['--storage', ''], {}, /--storage needs a connection string/],
  ['what is no connection string', ['--port', '0', '--storage', 'b'], {}, /CALLS_STORAGE: is not a connection string/],
  ['a storage that does not answer', ['--storage', CLOSED_STORAGE], {}, /storage account does not answer/],
  ['an account without issuers', ['--storage', AZURE], {}, /TOKEN_ISSUERS and TOKEN_AUDIENCES must be set/],
  [
    'an account of Azure for all',
    ['--storage', AZURE],
    { RINGBACK_LOCAL: 'true' },
    /Unset RINGBACK_LOCAL, or set CALL/,
  ],
  ['a directory that is a file', ['--port', '0', '--data', FILE], {}, /Cannot keep data in package\/package\.json: /],
  ['certificates in a file', ['--https', '--data', FILE], {}, /Cannot keep data in package\/package\.json: /],
] as const)('%s ends it with exit code 2', async (_, args, env, message) => {
  const { child, stderr } = spawnStart(args, env)
  await once(child, 'close')
  expect(child.exitCode).toBe(2)
  expect(stderr()).toMatch(message)
  expect(stderr()).not.toMatch(/\n {4}at /)
})

test('a port that is in use ends it with exit code 2, and another port is suggested', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { child, stderr } = spawnStart(['--port', String(port)])
  await once(child, 'close')
  expect(child.exitCode).toBe(2)
  expect(stderr()).toContain(`Port ${port} is in use. Choose another port: ringback start --port 8080`)
})

test('a setting that is not valid ends it with exit code 2', async () => {
  const { child, stderr } = spawnStart(['--port', '0'], { ANSWER_TIMEOUT_MS: 'soon' })
  await once(child, 'close')
  expect([child.exitCode, stderr()]).toEqual([2, expect.stringContaining('ANSWER_TIMEOUT_MS: must be')])
})

test.skipIf(!canRun('script'))('on a terminal it has hotkeys', async () => {
  const command = [process.execPath, ...commandOf(['--port', '0'])].map((part) => `'${part}'`).join(' ')
  const { CI, ...env } = process.env
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: folder, env })
  onTestFinished(() => void stop(child))
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await expect.poll(() => printed).toContain('[o] open the inspector  [c] call the bot  [f] failed only  [q] quit')
  child.stdin.write('f')
  await expect.poll(() => printed).toContain('Only what failed is printed.')
  child.stdin.write('?')
  await expect.poll(() => printed).toContain('[f] show all')
  child.stdin.write('c')
  await expect.poll(() => printed).toContain('No bot is registered')
  child.stdin.write('q')
  await once(child, 'exit')
  expect(child.exitCode).toBe(0)
})

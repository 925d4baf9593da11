import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { readArguments } from '../../../local-host/arguments.js'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import type { startService } from '../../support/serviceProcess.js'
import { fetchToken, SERVICE_HOSTED, send, user } from '../../support/testBot.js'

/** The bot and the tenant in the programs of docs/clients.md. */
const BOT = { applicationId: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11', tenantId: '2432b57b-0abd-43db-aa7b-16eadd115d34' }

/**
 * Returns a code block of docs/clients.md.
 *
 * @param firstLine what the block starts with
 */
export function readSnippet(language: string, firstLine: string): string {
  const page = readFileSync('docs/clients.md', 'utf8')
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }))
  const block = blocks.find(({ kind, text }) => kind === language && text.startsWith(firstLine))
  if (!block) throw new Error(`docs/clients.md has no ${language} block that starts with '${firstLine}'.`)
  return block.text
}

/** Replaces the address of `npm start` by that of a running service. */
export const replaceOrigin = (snippet: string, origin: string): string =>
  snippet.replaceAll(/https?:\/\/localhost:7071/g, origin)

/** Reads the settings and the arguments of a command of docs/clients.md that starts the service. */
export function readStartCommand(firstLine: string): { settings: Record<string, string>; args: string[] } {
  const words = readSnippet('sh', firstLine).replaceAll('\\\n', '').trim().split(/\s+/)
  const start = words.indexOf('npm')
  return {
    settings: Object.fromEntries(words.slice(0, start).map((word) => word.split(/=(.*)/).slice(0, 2))),
    args: words.slice(start + 'npm start --'.split(' ').length),
  }
}

/** The start of the command for bots with hard-coded hosts. */
export const HARD_CODED = 'npm start -- --https --host-names'
/** The start of the command for bots of the US Government. */
export const US_GOVERNMENT = 'NOTIFICATION_ISSUER='

/** Starts the service as the command of docs/clients.md does that starts so, on a free port. */
export function startAsDocumented(firstLine: string, start?: typeof startService): Promise<HttpsService> {
  const { settings, args } = readStartCommand(firstLine)
  return startHttpsService(readArguments(args).hostNames.join(), settings, start)
}

/**
 * Writes a script into a directory that is removed when the test ends, and returns its path.
 *
 * @param parent where the packages are that the script imports; by default below node_modules of this project
 */
export async function writeScript(name: string, text: string, parent = 'node_modules/.cache'): Promise<string> {
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(join(parent, 'snippet-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, name), text)
  return join(directory, name)
}

/** Starts a program, stops it when the test ends, and returns what reads its output. */
export function startProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv): () => string {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    if (child.kill()) await once(child, 'exit')
  })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  return () => output
}

/** Returns the environment of a client that trusts the service, in Node.js, .NET and Python. */
export const trust = ({ keys }: HttpsService): NodeJS.ProcessEnv => {
  const authority = join(keys, 'ca.crt')
  return { ...process.env, NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: authority }
}

/**
 * Runs the program redirect.mjs until the test ends, and returns the environment of a client that uses it as its proxy.
 *
 * @param suffix of the hosts, such as `us` for those of the US Government
 */
export async function redirectHosts(service: HttpsService, suffix = 'com'): Promise<NodeJS.ProcessEnv> {
  const { port } = new URL(service.origin)
  const program = readSnippet('js', '// redirect.mjs').replace('7071', port).replace('7072', '0')
  const script = await writeScript('redirect.mjs', useCloud(program, suffix))
  const output = startProgram(process.execPath, [script], process.env)
  await expect.poll(output).toMatch(/^HTTPS_PROXY=\S+\n/)
  const [, proxy = ''] = /^HTTPS_PROXY=(\S+)/.exec(output()) ?? []
  return { ...trust(service), HTTPS_PROXY: proxy, NO_PROXY: 'localhost,127.0.0.1', NODE_USE_ENV_PROXY: '1' }
}

/** Replaces the hosts of the public cloud, and the issuer of its notifications, by those of another cloud. */
export const useCloud = (program: string, suffix: string): string =>
  suffix === 'com'
    ? program
    : program
        .replaceAll('login.botframework.com', `login.botframework.azure.${suffix}`)
        .replaceAll(/(graph\.microsoft|login\.microsoftonline|api\.aps\.skype|api\.botframework)\.com/g, `$1.${suffix}`)

/** The port on which the programs that receive notifications listen. */
const RECEIVER_PORT = '3978'

/** Makes a program that receives notifications listen on a free port, and returns that port. */
export async function useFreePort(program: string): Promise<{ program: string; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return { program: program.replace(RECEIVER_PORT, String(port)), port }
}

/**
 * Lets the bot of the programs call a person.
 *
 * @param port where the bot receives the notifications
 */
export async function callPerson({ origin }: HttpsService, port: number): Promise<void> {
  const token = await fetchToken(origin, BOT)
  const callbackUri = `http://localhost:${port}/api/calls`
  const body = { callbackUri, mediaConfig: SERVICE_HOSTED, targets: [{ identity: user('heidi') }] }
  expect(await send(origin, 'POST', '/v1.0/communications/calls', { token, body })).toMatchObject({ status: 201 })
}

/** Sends a notification whose token is not from the service, and returns the status of the reply. */
export async function forgeNotification(port: number): Promise<number> {
  const value = [{ changeType: 'updated', resourceData: { state: 'established' } }]
  const reply = await send(`http://localhost:${port}`, 'POST', '/api/calls', { token: 'forged', body: { value } })
  return reply.status
}

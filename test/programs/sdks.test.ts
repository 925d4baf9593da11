import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  callPerson,
  forgeNotification,
  HARD_CODED,
  readSnippet,
  redirectHosts,
  replaceOrigin,
  startAsDocumented,
  startProgram,
  trust,
  US_GOVERNMENT,
  useFreePort,
  writeScript,
} from '../integration/clients/snippets.js'
import type { HttpsService } from '../support/httpsService.js'

// SDKs for bots that are too large to be dependencies of this project: they are installed for the test.

const run = promisify(execFile)
const PACKAGES = [
  '@azure/identity@4.14.1',
  '@microsoft/agents-hosting@1.8.1',
  '@microsoft/kiota-authentication-azure@1.0.0-preview.109',
  '@microsoft/msgraph-sdk@1.0.0-preview.90',
  'botbuilder@4.23.3',
]
const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--silent']
/** What a program prints that receives the notifications of a call to a person. */
const RECEIVED = 'updated establishing\nupdated established\nupdated established\n'
let directory: string
let service: HttpsService

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-sdks-'))
  await run('npm', [...INSTALL, '--prefix', directory, ...PACKAGES])
  service = await startAsDocumented(HARD_CODED)
})
afterAll(async () => {
  await service?.stop()
  await rm(directory, { recursive: true })
})

/** Runs a program that receives notifications, lets its bot call a person, and returns what the program prints. */
async function receiveNotifications(program: string, env: NodeJS.ProcessEnv, target = service) {
  const receiver = await useFreePort(program)
  const script = await writeScript('bot.mjs', receiver.program, directory)
  const output = startProgram(process.execPath, [script], env)
  await callPerson(target, receiver.port)
  await expect.poll(output).toBe(RECEIVED)
  expect(await forgeNotification(receiver.port)).toBe(401)
  await expect.poll(output).toBe(`${RECEIVED}refused\n`)
}

test('the block of docs/clients.md for the TypeScript Graph SDK creates a call', async () => {
  const snippet = replaceOrigin(readSnippet('js', '// @microsoft/msgraph-sdk'), service.origin)
  const script = await writeScript('bot.mjs', snippet, directory)
  expect((await run(process.execPath, [script], { env: trust(service) })).stdout).toBe('establishing\n')
})

test('the block of docs/clients.md for the Bot Framework SDK receives notifications', async () => {
  const snippet = replaceOrigin(readSnippet('js', '// botbuilder'), service.origin)
  await receiveNotifications(snippet, trust(service))
})

/** The program for the Bot Framework SDK without the two settings that replace its default addresses. */
const botFramework = () =>
  readSnippet('js', '// botbuilder').replaceAll(/^ {2}(BotOpenIdMetadata|ToBot\w+): .+\n/gm, '')

/** The same program with the Agents SDK, whose middleware expects the objects of Express. */
const agents = () =>
  botFramework()
    .replace(
      /^import \{ Conf.+/m,
      "import { authorizeJWT, getAuthConfigWithDefaults } from '@microsoft/agents-hosting'",
    )
    .replace(/^const authentication = [\s\S]+?\n\}\)\n/m, AGENTS_AUTHENTICATION)

const AGENTS_AUTHENTICATION = `
const authorize = authorizeJWT(getAuthConfigWithDefaults({
  tenantId: '2432b57b-0abd-43db-aa7b-16eadd115d34',
  clientId: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
  clientSecret: 'any',
}))
const authentication = {
  authenticateChannelRequest: (authorization) => new Promise((resolve, reject) => {
    const response = { status: () => response, send: reject, json: reject }
    authorize({ headers: { authorization }, method: 'POST' }, response, () => resolve(true))
  }),
}
`

test.each([
  ['the Bot Framework SDK', botFramework],
  ['the Agents SDK', agents],
])('%s with its default addresses accepts notifications when its host is redirected', async (_, program) => {
  await receiveNotifications(program(), await redirectHosts(service))
})

test('the Bot Framework SDK of the US Government accepts notifications with the issuer of its cloud', async () => {
  const cloud = await startAsDocumented(US_GOVERNMENT)
  onTestFinished(() => cloud.stop())
  const channel = "  ChannelService: 'https://botframework.azure.us',\n"
  const program = botFramework().replace('  MicrosoftAppType', `${channel}  MicrosoftAppType`)
  await receiveNotifications(program, await redirectHosts(cloud, 'us'), cloud)
})

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readArguments } from '../../../local-host/arguments.js'
import type { HttpsService } from '../../support/httpsService.js'
import { startOwnService } from '../../support/ownService.js'
import { canRun } from '../../support/processes.js'
import {
  HARD_CODED,
  readSnippet,
  readStartCommand,
  redirectHosts,
  replaceOrigin,
  startAsDocumented,
  US_GOVERNMENT,
  useCloud,
  writeScript,
} from './snippets.js'

// Bots that only know Microsoft's hosts reach the service through the proxy of docs/clients.md, without privileges.

const run = promisify(execFile)
const FLOW = `201 true
updated establishing
updated established
updated audio
updated terminating
deleted terminated
`
const BOT = 'test/integration/clients/hardCoded/bot.mjs'
let service: HttpsService

beforeAll(async () => {
  service = await startAsDocumented(HARD_CODED, startOwnService)
})
afterAll(() => service.stop())

test('a bot in Node.js runs unchanged and accepts the tokens on its notifications', async () => {
  const { stdout } = await run(process.execPath, [BOT], { env: await redirectHosts(service), timeout: 60_000 })
  expect(stdout).toBe(FLOW)
})

test.skipIf(!canRun('python3'))('a bot in Python runs unchanged', async () => {
  const program = replaceOrigin(readSnippet('python', '# Python'), 'https://graph.microsoft.com')
  const script = await writeScript('bot.py', program)
  expect((await run('python3', [script], { env: await redirectHosts(service) })).stdout).toBe('establishing\n')
})

test.skipIf(!canRun('javac', '-version'))('a bot in Java runs unchanged, with a trust store of its own', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-java-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { HTTPS_PROXY = '', ...env } = await redirectHosts(service)
  const { hostname, port } = new URL(HTTPS_PROXY)
  const createTrustStore = readSnippet('sh', 'keytool').replace('.ringback/keys', service.keys)
  const script = `${createTrustStore}
    export JAVA_TOOL_OPTIONS="$JAVA_TOOL_OPTIONS -Dhttps.proxyHost=${hostname} -Dhttps.proxyPort=${port}"
    java ${resolve('test/integration/clients/hardCoded/Bot.java')}`
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: directory, env })
  expect(stdout).toBe('establishing\n')
})

test('redirect.mjs connects the hosts that the command names to the service, and others to where they are', async () => {
  const [, names = ''] = /names = \[(.+)\]/.exec(readSnippet('js', '// redirect.mjs')) ?? []
  const { hostNames } = readArguments(readStartCommand(HARD_CODED).args)
  expect(names).toBe(hostNames.map((name) => `'${name}'`).join(', '))
  const env = { ...(await redirectHosts(service)), NO_PROXY: '' }
  const script = `console.log((await fetch('${service.origin}/health')).status)`
  expect((await run(process.execPath, ['--input-type=module', '-e', script], { env })).stdout).toBe('200\n')
})

test('a bot of the US Government runs unchanged with the issuer of its cloud', async () => {
  const cloud = await startAsDocumented(US_GOVERNMENT, startOwnService)
  onTestFinished(() => cloud.stop())
  const metadata = await fetch(`${cloud.origin}/v1/.well-known/OpenIdConfiguration`)
  expect(await metadata.json()).toMatchObject({ issuer: 'https://api.botframework.us' })

  const script = await writeScript('bot.mjs', useCloud(readFileSync(BOT, 'utf8'), 'us'))
  const env = await redirectHosts(cloud, 'us')
  expect((await run(process.execPath, [script], { env, timeout: 60_000 })).stdout).toBe(FLOW)
})

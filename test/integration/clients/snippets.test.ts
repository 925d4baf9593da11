import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { readArguments } from '../../../local-host/arguments.js'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { startOwnService } from '../../support/ownService.js'
import { canRun } from '../../support/processes.js'
import { readSnippet, replaceOrigin } from './snippets.js'

// The code blocks of docs/clients.md run unchanged, except for the port.

const run = promisify(execFile)
let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService('', {}, startOwnService)
})
afterAll(() => service.stop())

/** Writes a script below node_modules, where it can import the packages of this project. Returns its path. */
async function writeScript(name: string, text: string): Promise<string> {
  const cache = join('node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'readme-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, name), text)
  return join(directory, name)
}

test('the block for fetch creates a call', async () => {
  const script = await writeScript('bot.mjs', replaceOrigin(readSnippet('js', '// fetch'), inject('baseUrl')))
  expect((await run(process.execPath, [script])).stdout).toBe('establishing\n')
})

test('the block for the JavaScript client creates a call', async () => {
  const snippet = readSnippet('js', '// @microsoft/microsoft-graph-client')
  const script = await writeScript('bot.mjs', replaceOrigin(snippet, service.origin))
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(service.keys, 'ca.crt') }
  expect((await run(process.execPath, [script], { env })).stdout).toBe('establishing\n')
})

test.skipIf(!canRun('python3'))('the block for Python creates a call', async () => {
  const script = await writeScript('bot.py', replaceOrigin(readSnippet('python', '# Python'), service.origin))
  const env = { ...process.env, SSL_CERT_FILE: join(service.keys, 'ca.crt') }
  expect((await run('python3', [script], { env })).stdout).toBe('establishing\n')
})

test('the command for hard-coded addresses is valid and names the same hosts as the line of the hosts file', () => {
  const command = readSnippet('sh', 'PORT=443 npm start')
  const { https, hostNames } = readArguments(command.trim().split(' ').slice(4))
  expect(https).toBe(true)
  expect(readSnippet('', '127.0.0.1')).toBe(`127.0.0.1 ${hostNames.join(' ')}\n`)
})

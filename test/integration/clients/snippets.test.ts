import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { readArguments } from '../../../local-host/arguments.js'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { at, readSnippet } from './snippets.js'

// What the README says of pointing a bot at the service, run as it stands there but for the port.

const run = promisify(execFile)
const hasPython = (() => {
  try {
    return execFileSync('python3', ['--version']).length > 0
  } catch {
    return false
  }
})()
let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService()
})
afterAll(() => service.stop())

/** Below node_modules, where a script finds the packages of this project. */
async function writeScript(name: string, text: string): Promise<string> {
  const cache = join('node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'readme-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, name), text)
  return join(directory, name)
}

test('fetch', async () => {
  const script = await writeScript('bot.mjs', at(readSnippet('js', '// fetch'), inject('baseUrl')))
  expect((await run(process.execPath, [script])).stdout).toBe('establishing\n')
})

test('the JavaScript client', async () => {
  const snippet = readSnippet('js', '// @microsoft/microsoft-graph-client')
  const script = await writeScript('bot.mjs', at(snippet, service.origin))
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(service.keys, 'ca.crt') }
  expect((await run(process.execPath, [script], { env })).stdout).toBe('establishing\n')
})

test.skipIf(!hasPython)('Python', async () => {
  const script = await writeScript('bot.py', at(readSnippet('python', '# Python'), service.origin))
  const env = { ...process.env, SSL_CERT_FILE: join(service.keys, 'ca.crt') }
  expect((await run('python3', [script], { env })).stdout).toBe('establishing\n')
})

test('the command for hard-coded addresses is understood, and the hosts file names the same hosts', () => {
  const command = readSnippet('sh', 'PORT=443 npm start')
  const { https, hostNames } = readArguments(command.trim().split(' ').slice(4))
  expect(https).toBe(true)
  expect(readSnippet('', '127.0.0.1')).toBe(`127.0.0.1 ${hostNames.join(' ')}\n`)
})

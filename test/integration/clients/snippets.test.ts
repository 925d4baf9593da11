import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readArguments } from '../../../local-host/arguments.js'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { startOwnService } from '../../support/ownService.js'
import { canRun } from '../../support/processes.js'
import {
  callPerson,
  forgeNotification,
  readSnippet,
  readStartCommand,
  replaceOrigin,
  startProgram,
  trust,
  useFreePort,
  writeScript,
} from './snippets.js'

// The code blocks of docs/clients.md run unchanged, except for the ports.

const run = promisify(execFile)
let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService('', {}, startOwnService)
})
afterAll(() => service.stop())

test('the block for fetch creates a call', async () => {
  const script = await writeScript('bot.mjs', replaceOrigin(readSnippet('js', '// fetch'), inject('baseUrl')))
  expect((await run(process.execPath, [script])).stdout).toBe('establishing\n')
})

test('the block for the JavaScript client creates a call', async () => {
  const snippet = readSnippet('js', '// @microsoft/microsoft-graph-client')
  const script = await writeScript('bot.mjs', replaceOrigin(snippet, service.origin))
  expect((await run(process.execPath, [script], { env: trust(service) })).stdout).toBe('establishing\n')
})

test.skipIf(!canRun('python3'))('the block for Python creates a call', async () => {
  const script = await writeScript('bot.py', replaceOrigin(readSnippet('python', '# Python'), service.origin))
  expect((await run('python3', [script], { env: trust(service) })).stdout).toBe('establishing\n')
})

test('the block for jose receives the notifications of a call, and refuses any other', async () => {
  const snippet = replaceOrigin(readSnippet('js', '// jose'), service.origin)
  const { program, port } = await useFreePort(snippet)
  const output = startProgram(process.execPath, [await writeScript('bot.mjs', program)], trust(service))
  await callPerson(service, port)
  await expect.poll(output).toBe('updated establishing\nupdated established\nupdated established\n')
  expect(await forgeNotification(port)).toBe(401)
  await expect.poll(output).toMatch(/\nrefused\n$/)
})

test('the command for the hosts file is valid and names the same hosts as the line of the hosts file', () => {
  const { settings, args } = readStartCommand('PORT=443 npm start')
  const { https, hostNames } = readArguments(args)
  expect({ https, settings }).toEqual({ https: true, settings: { PORT: '443' } })
  expect(readSnippet('', '127.0.0.1')).toBe(`127.0.0.1 ${hostNames.join(' ')}\n`)
})

test('the recipes name the versions that are tried, and test files that exist', () => {
  const page = readFileSync('docs/clients.md', 'utf8')
  const sources = [
    'package.json',
    'test/dotnet/Clients.csproj',
    'test/dotnet/clients.test.ts',
    'test/programs/sdks.test.ts',
  ]
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n')
  const versions = [...page.matchAll(/`([\w@./-]+)`\s(\d+(?:\.[\w-]+){2,})/g)].map(([, name, version]) => [
    name,
    version,
  ])
  expect(versions.length).toBeGreaterThan(8)
  const isUsed = ([name, version]: (typeof versions)[number]) =>
    [`"${name}": "${version}"`, `'${name}@${version}'`, `Include="${name}" Version="${version}"`].some((spelling) =>
      text.includes(spelling),
    )
  expect(versions.filter((reference) => !isUsed(reference))).toEqual([])
  const files = [...page.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(8)
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

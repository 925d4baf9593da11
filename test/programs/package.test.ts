import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startStorage } from '../../bench/host.js'
import { bundleHello, measureStart } from '../../bench/parts/start.js'
import { canRun } from '../support/processes.js'
import { ANSWER, newBot, placeCall } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'
import { meetingBody, user } from '../support/testBot.js'

// The package that `npm run package` creates must run outside the repository.

const run = promisify(execFile)
const MAX_BYTES = 3 * 1024 * 1024
const CORE_TOOLS_PORT = '7473'
/** How often each package is started. The fastest starts are compared, because other tests slow the others. */
const STARTS = 8
/** docs/performance.md has the ratio on an idle machine, about 1.8; this machine also runs other tests. */
const MAX_START_RATIO = 3

let directory: string
let app: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-package-'))
  app = join(directory, 'app')
  await run(process.execPath, ['scripts/package.ts', app])
})
afterAll(() => rm(directory, { recursive: true }))

test('the package is small, has source maps, and loads rarely used dependencies on demand', async () => {
  const files = (await readdir(app, { recursive: true })).filter((file) => !/\.map$|LEGAL\.txt$/.test(file))
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(app, file))).size))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES)
  expect(await readdir(app)).toEqual(
    expect.arrayContaining(['host.json', 'index.js', 'index.js.map', 'package.json', 'chunks']),
  )
  const manifest = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ main: 'index.js', type: 'module' })
  expect(manifest).not.toHaveProperty('dependencies')
  const index = await readFile(join(app, 'index.js'), 'utf8')
  // Telemetry, Azure credentials and the vault are in files of their own, which are loaded when they are used.
  for (const name of ['AzureMonitorTraceExporter', 'DefaultAzureCredential.js', 'class CryptographyClient']) {
    expect(index).not.toContain(name)
  }
  expect(index).toContain('@azure/functions-core')
})

test('the package command fails when the package is larger than its limit', async () => {
  const project = join(directory, 'large')
  await mkdir(join(project, 'functions'), { recursive: true })
  for (const file of ['host.json', 'LICENSE', 'package.json']) await copyFile(file, join(project, file))
  for (const folder of ['inspector', 'docs']) await symlink(resolve(folder), join(project, folder))
  await writeFile(join(project, 'functions', 'large.ts'), `console.log('${'x'.repeat(MAX_BYTES)}')`)
  await expect(run(process.execPath, [resolve('scripts/package.ts')], { cwd: project })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The package is larger than 3072 KiB: '),
  })
})

test('the package runs the whole flow outside the repository', async () => {
  const service = await startService({}, (storage) => storage, [], app)
  onTestFinished(() => service.stop())
  await playFlow(service.baseUrl)
  const files = ['inspector', 'inspector/assets/app.js', 'inspector/assets/app.css', 'docs', 'docs/style.css']
  const statuses = await Promise.all(files.map(async (file) => (await fetch(`${service.baseUrl}/${file}`)).status))
  expect(statuses, 'the files of the pages').toEqual(files.map(() => 200))
})

const hasCoreTools = canRun('func')
/** Set by the workflow, which installs Core Tools: then a missing func is an error. */
const { REQUIRE_CORE_TOOLS } = process.env

test.skipIf(!REQUIRE_CORE_TOOLS)('Azure Functions Core Tools are installed', () => {
  expect(hasCoreTools).toBe(true)
})

test.skipIf(!hasCoreTools).each([
  ['the package', () => app],
  ['the source', () => '.'],
])('%s runs the whole flow under Azure Functions Core Tools', async (_, folder) => {
  const service = await startService()
  onTestFinished(() => service.stop())
  // Only the storage of this service is needed. Two services on one storage would share the queue messages.
  await service.kill()
  // Keeps startFunc.ts from copying the sample, which is not in the package. Variables take precedence over this file.
  await writeFile(join(app, 'local.settings.json'), JSON.stringify({ IsEncrypted: false, Values: {} }))
  const values = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: service.storage,
    CALLS_STORAGE: service.storage,
    RINGBACK_LOCAL: 'true',
    KEYS_DIRECTORY: service.keys,
  }
  const host = spawn(process.execPath, [resolve('scripts/startFunc.ts'), '--port', CORE_TOOLS_PORT], {
    cwd: folder(),
    env: { ...process.env, ...values },
    stdio: 'ignore',
  })
  onTestFinished(async () => {
    host.kill()
    if (host.exitCode === null) await once(host, 'exit')
  })
  const baseUrl = `http://127.0.0.1:${CORE_TOOLS_PORT}`
  const isUp = () =>
    fetch(`${baseUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(isUp, { timeout: 120_000, interval: 500 }).toBe(true)
  await playFlow(baseUrl)
})

/** A person calls the bot, which answers, joins a meeting and moves the person into it. */
async function playFlow(baseUrl: string): Promise<void> {
  const bot = await newBot({ baseUrl, registered: 'app' })
  const person = randomUUID()
  const call = `/beta/app/calls/${await placeCall(bot, person)}`
  expect((await bot.request('POST', `${call}/answer`, ANSWER)).status).toBe(200)
  await bot.waitFor(3)
  const { body: meeting } = await bot.request('POST', '/beta/app/calls', meetingBody(bot.callbackUri))
  await bot.waitFor(6)
  const participants = [{ identity: user(person), replacesCallId: call.replace('/beta', '') }]
  const invited = await bot.request('POST', `/beta/app/calls/${meeting.id}/participants/invite`, { participants })
  expect(invited.status).toBe(202)
  await bot.waitFor(10)
  expect((await bot.request('DELETE', `/beta/app/calls/${meeting.id}`)).status).toBe(204)
  await bot.waitFor(12)
  expect(bot.flow()).toEqual([
    'created call incoming',
    'updated call establishing',
    'updated call established',
    'updated call establishing',
    'updated call established',
    'updated participants 1',
    'deleted operations completed',
    'updated participants 2',
    'updated call terminated',
    'deleted call',
    'updated call terminated',
    'deleted call',
  ])
}

test(`the package takes at most ${MAX_START_RATIO} times as long to start as a hello world`, async () => {
  const hello = join(directory, 'hello')
  await bundleHello(hello)
  const storage = await startStorage()
  onTestFinished(() => storage.stop())
  const figures = { ready: [[], []] as [number[], number[]], answered: [[], []] as [number[], number[]] }
  for (let round = 0; round < STARTS; round++) {
    for (const [index, [folder, path]] of (
      [
        [app, '/health'],
        [hello, '/hello'],
      ] as const
    ).entries()) {
      const { readyMs, answeredMs } = await measureStart({ folder, path }, storage)
      figures.ready[index]?.push(readyMs)
      figures.answered[index]?.push(answeredMs)
    }
  }
  for (const [what, [ours, theirs]] of Object.entries(figures)) {
    const [mine, other] = [Math.min(...ours), Math.min(...theirs)]
    const ratio = mine / other
    console.log(`${what}: ${mine.toFixed()} ms, hello world ${other.toFixed()} ms, ratio ${ratio.toFixed(2)}`)
    expect(ratio).toBeLessThan(MAX_START_RATIO)
  }
})

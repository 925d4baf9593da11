import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify, stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { BROKEN_CALLBACKS } from '../support/brokenCallbacks.js'
import { addCallback } from '../support/callbackServer.js'

// The npm package, installed into an empty folder as a user does it.

const run = promisify(execFile)
/** NODE22 names another Node.js, the oldest that is supported. */
const NODES = [process.execPath, ...(process.env.NODE22 ? [process.env.NODE22] : [])]
const LIMITS = { installedBytes: 15e6, packages: 10, installMs: 5_000, readyMs: 300, kitMs: 100, memoryBytes: 120e6 }
/** Six kinds; test/programs/cli.test.ts tries all. */
const DIAGNOSED = [
  ...['a closed port', 'a certificate that is not trusted', 'a redirect'],
  ...['an error of the bot', 'a wrong path', 'a web page'],
]
/** Other tests run beside this one: the fastest of these runs is compared with the limit. */
const RUNS = 5
/** How much slower than on a quiet machine the fastest run may be. */
const TOLERANCE = 3

/** The lease of the killed process must expire first, and then the sweep finds the call. */
const AFTER_LEASE = { timeout: 90_000, interval: 1_000 }

let folder: string
let installMs: number
let ringback: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-package-'))
  await run(process.execPath, ['scripts/npmPackage.ts', join(folder, 'source')])
  const { stdout } = await run('npm', ['pack', '--silent', join(folder, 'source'), '--pack-destination', folder])
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const startedAt = performance.now()
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, stdout.trim())], { cwd: folder })
  installMs = performance.now() - startedAt
  ringback = join(folder, 'node_modules/ringback/lib/cli.js')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts `ringback start --json` on a free port, and waits until it is ready. */
async function startService(node: string, ...args: string[]) {
  const startedAt = performance.now()
  const child = spawn(node, [ringback, 'start', '--port', '0', '--json', ...args], { cwd: folder })
  onTestFinished(() => stop(child))
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, url: JSON.parse(line).url as string, readyMs: performance.now() - startedAt }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await once(child, 'exit')
}

/** Runs a command to its end. */
async function runCommand(node: string, ...args: string[]) {
  const result = await run(node, [ringback, ...args], { cwd: folder }).catch((error) => error)
  return { code: result.code ?? 0, out: result.stdout as string, err: result.stderr as string }
}

/** The memory of a process that is in use (proc(5), VmRSS). */
function memoryOf({ pid }: ChildProcess): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const listFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) => join(directory, file))

test('the package is small, is installed quickly, and has no dependencies', () => {
  const packages = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
  const sizes = listFiles(join(folder, 'node_modules')).map((file) => statSync(file))
  const bytes = sizes.filter((stat) => stat.isFile()).reduce((sum, { size }) => sum + size, 0)
  console.log(
    `installed: ${(bytes / 1e6).toFixed(1)} MB in ${packages.length} package, ${(installMs / 1e3).toFixed(1)} s`,
  )
  expect(installMs).toBeLessThan(LIMITS.installMs * TOLERANCE)
  expect(bytes).toBeLessThan(LIMITS.installedBytes)
  expect(packages.length).toBeLessThanOrEqual(LIMITS.packages)
})

/** What code splitting makes: the name of a module or `chunk`, and a hash. */
const CHUNK = /^lib\/chunks\/\w+-[A-Z\d]{8}\.js$/

test('the package has exactly the files that it needs', () => {
  const directory = join(folder, 'node_modules/ringback')
  const files = listFiles(directory).filter((file) => statSync(file).isFile())
  const names = files.map((file) => relative(directory, file).replaceAll('\\', '/'))
  expect(names.filter((name) => CHUNK.test(name)).length).toBeGreaterThan(0)
  expect(names.filter((name) => !CHUNK.test(name)).toSorted()).toEqual([
    ...['CHANGELOG.md', 'LICENSE', 'LICENSES.txt', 'README.md', 'lib/cli.js'],
    ...['lib/docs/index.html.gz', 'lib/docs/style.css'],
    ...['lib/inspector/app.css', 'lib/inspector/app.js', 'lib/inspector/index.html'],
    ...['lib/testing.cjs', 'lib/testing.d.cts', 'lib/testing.d.ts', 'lib/testing.js'],
    ...['package.json', 'scenario.schema.json'],
  ])
  expect(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))).toMatchObject({
    name: 'ringback',
    license: 'MIT',
    bin: { ringback: 'lib/cli.js' },
  })
})

test('the package has the license of each package that it contains', () => {
  const [, ...licenses] = readFileSync(join(folder, 'node_modules/ringback/LICENSES.txt'), 'utf8').split(
    /^(?=(?:@[\w-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S* \()/m,
  )
  const names = licenses.map((text) => text.slice(0, text.indexOf(' ')))
  expect(names).toEqual(expect.arrayContaining(['zod', 'jose', 'undici', 'commander', 'preact', '@nodable/entities']))
  const incomplete = licenses.filter((text) => !/copyright|provided 'as-is'/i.test(text) || text.length < 500)
  expect(incomplete).toEqual([])
})

test('publint and attw find nothing wrong', async () => {
  const source = join(folder, 'source')
  const publint = await run(process.execPath, [resolve('node_modules/publint/src/cli.js'), '--strict', source])
  expect(publint.stdout).toContain('All good!')
  const attw = resolve('node_modules/@arethetypeswrong/cli/dist/index.js')
  await run(process.execPath, [attw, '--pack', source, '--profile', 'node16'])
})

test('the service is ready quickly, and needs little memory', async () => {
  const runs: { readyMs: number; memory: number }[] = []
  for (let count = 0; count < RUNS; count++) {
    const { child, readyMs } = await startService(process.execPath)
    runs.push({ readyMs, memory: memoryOf(child) })
    await stop(child)
  }
  const readyMs = Math.min(...runs.map((figures) => figures.readyMs))
  const memory = Math.max(...runs.map((figures) => figures.memory))
  console.log(`ready in ${Math.round(readyMs)} ms, ${Math.round(memory / 1e6)} MB`)
  expect(readyMs).toBeLessThan(LIMITS.readyMs * TOLERANCE)
  expect(memory).toBeLessThan(LIMITS.memoryBytes)
})

test('the kit starts quickly', async () => {
  writeFileSync(
    join(folder, 'kit.js'),
    `import { startRingback } from 'ringback/testing'
    const times = []
    for (let count = 0; count < ${RUNS}; count++) {
      const startedAt = performance.now()
      const ringback = await startRingback()
      times.push(performance.now() - startedAt)
      await ringback.stop()
    }
    console.log(JSON.stringify(times))`,
  )
  const { stdout } = await run(process.execPath, ['kit.js'], { cwd: folder })
  const times: number[] = JSON.parse(stdout)
  console.log(`the kit starts in ${times[0]?.toFixed(0)} ms, then in ${Math.min(...times).toFixed(1)} ms`)
  expect(times[0]).toBeLessThan(LIMITS.kitMs * TOLERANCE)
  expect(Math.min(...times)).toBeLessThan(LIMITS.kitMs)
})

describe.each(NODES)('with %s', (node) => {
  test('a person calls a bot, whose messages are printed', async () => {
    const { url } = await startService(node)
    const callback = await addCallback((_, response) => void response.writeHead(202).end())
    onTestFinished(() => callback.remove())
    const call = spawn(node, [ringback, 'call', '--url', url, '--bot', callback.url], { cwd: folder })
    onTestFinished(() => stop(call))
    const exit = once(call, 'exit')
    let printed = ''
    call.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    await expect.poll(() => printed).toMatch(/<- #1 created call incoming 202/)
    expect((await runCommand(node, 'person', 'megan', 'leave', '--url', url)).code).toBe(0)
    expect(await exit).toEqual([0, null])
    expect(printed).toMatch(/<- #2 deleted call terminated 202/)
    const shown = await runCommand(node, 'show', '--url', url)
    expect(shown.out).toMatch(/created call incoming/)
  })

  test('a scenario passes, and another one fails', async () => {
    const { url } = await startService(node)
    const callback = await addCallback((_, response) => void response.writeHead(202).end())
    onTestFinished(() => callback.remove())
    const write = (name: string, expectation: string) => {
      const steps = `[{ call: { from: megan } }, { expect: ${expectation} }]`
      const head = `version: 1\nname: A call\nbot: { callback: "${callback.url}" }\npeople: { megan: }\n`
      writeFileSync(join(folder, name), `${head}steps: ${steps}\n`)
    }
    write('passing.yaml', '{ notification: created call incoming }')
    write('failing.yaml', '{ request: answer, within: 100ms }')
    const passed = await runCommand(node, 'run', 'passing.yaml', '--url', url)
    expect(passed).toMatchObject({ code: 0, err: '', out: expect.stringContaining('1 passed, 0 failed') })
    const failed = await runCommand(node, 'run', 'failing.yaml', '--url', url)
    expect(failed).toMatchObject({ code: 1, err: '', out: expect.stringContaining('no request answer within 100ms') })
  })

  test.for(DIAGNOSED)('doctor explains %s', async (name) => {
    const { url } = await startService(node)
    const broken = BROKEN_CALLBACKS[name]
    if (!broken) return expect.unreachable()
    const { code, out } = await runCommand(node, 'doctor', await broken.start(), '--url', url)
    expect(code).toBe(broken.result === 'FAIL' ? 1 : 0)
    expect(out).toMatch(broken.finding)
    expect(out).toMatch(broken.advice)
  })

  test('the examples of a tested bot pass in node:test and in vitest', async () => {
    cpSync('examples/testing', folder, { recursive: true })
    symlinkSync(resolve('node_modules/vitest'), join(folder, `node_modules/vitest`))
    onTestFinished(() => rmSync(join(folder, 'node_modules/vitest')))
    const nodeTest = await run(node, ['--test', '--test-reporter=tap', 'node.test.js'], { cwd: folder })
    expect(nodeTest.stdout).toMatch(/# pass 1\n# fail 0/)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--root', '.', 'vitest.test.js']
    const report = await run(node, vitest, { cwd: folder })
    expect(stripVTControlCharacters(report.stdout)).toMatch(/Tests {2}2 passed \(2\)/)
  })

  test('the kit can be loaded by require, as jest does it', async () => {
    const script = `require('ringback/testing').startRingback({ listen: false }).then(async (ringback) => {
      console.log(ringback.url, (await ringback.fetch('/health')).status)
      await ringback.stop()
    })`
    writeFileSync(join(folder, 'kit.cjs'), script)
    expect((await run(node, ['kit.cjs'], { cwd: folder })).stdout).toBe('http://ringback.localhost 200\n')
  })

  test('a process that forgets to stop the kit ends', async () => {
    const script = `import { startRingback } from 'ringback/testing'
    const ringback = await startRingback()
    const call = await ringback.person('heidi').calls(await ringback.bot())
    await call.waitFor('created call incoming')
    console.log('done')`
    writeFileSync(join(folder, 'unstopped.js'), script)
    expect((await run(node, ['unstopped.js'], { cwd: folder })).stdout).toBe('done\n')
  })

  test('a killed service continues from its directory', async () => {
    let status = 503
    const callback = await addCallback((_, response) => void response.writeHead(status).end())
    onTestFinished(() => callback.remove())
    const data = join(folder, `data-${NODES.indexOf(node)}`)
    const first = await startService(node, '--data', data)
    const placed = spawn(node, [ringback, 'call', '--url', first.url, '--bot', callback.url], { cwd: folder })
    onTestFinished(() => stop(placed))
    const [line] = await once(createInterface(placed.stdout), 'line')
    await stop(first.child, 'SIGKILL')

    status = 202
    const second = await startService(node, '--data', data)
    const callId = /call ([\da-f-]{36})/.exec(line)?.[1] ?? ''
    await expect
      .poll(async () => (await runCommand(node, 'show', callId, '--url', second.url)).out, AFTER_LEASE)
      .toMatch(/#1 created call incoming.*202/)
  })

  test('two services cannot use one directory', async () => {
    const data = join(folder, `locked-${NODES.indexOf(node)}`)
    await startService(node, '--data', data)
    const { code, err } = await runCommand(node, 'start', '--port', '0', '--data', data)
    expect(code).toBe(2)
    expect(err).toContain('is in use by another Ringback')
  })
})

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ActionRun, runAction } from '../support/compositeAction.js'
import { findFreePort } from '../support/processes.js'

// action.yml: its steps run as a GitHub runner runs them, with the package that is built here.

/** The sample bot, when the service answers: it gets a token when it starts. */
const BOT =
  'until curl -sfo /dev/null "$GRAPH_BASE_URL/health"; do sleep 0.1; done; exec "$NODE" dist/examples/bot/bot.js'
const execute = promisify(execFile)

let folder: string
let version: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-action-'))
  version = join(folder, 'package')
  await execute(process.execPath, ['scripts/npmPackage.ts', version])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  const result = await runAction({ version, port: '0', ...inputs })
  onTestFinished(() => {
    for (const pid of servicesOf(result)) process.kill(pid)
    rmSync(result.temp, { recursive: true, force: true })
  })
  return result
}

/** The services of an action that still run. */
const servicesOf = ({ temp }: ActionRun): number[] =>
  globSync(join(temp, '*/pid'))
    .map((file) => Number(readFileSync(file, 'utf8')))
    .filter(isRunning)

function isRunning(pid: number): boolean {
  // A process that has ended and is not yet waited for is a zombie (proc(5)).
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Starts the sample bot for a service that starts later, and returns the inputs for both. */
async function startBot() {
  const [port, botPort] = [await findFreePort(), await findFreePort()]
  const env = {
    ...process.env,
    NODE: process.execPath,
    GRAPH_BASE_URL: `http://127.0.0.1:${port}`,
    PORT: `${botPort}`,
  }
  const bot = spawn('bash', ['-c', BOT], { env, stdio: 'ignore' })
  onTestFinished(() => stop(bot))
  return { port: `${port}`, 'bot-url': `http://127.0.0.1:${botPort}/api/calls` }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit')
}

test('without scenarios the service runs on, and later steps have its address and its commands', async () => {
  const settings = join(folder, 'settings with spaces.env')
  writeFileSync(settings, 'ANSWER_TIMEOUT_MS=1234\n')
  const result = await run({ settings })
  const { outputs, path, log, hasFailed, steps } = result
  expect({ hasFailed, steps }, log).toEqual({ hasFailed: false, steps: ['Install Ringback', 'Start Ringback'] })
  const { url = '' } = outputs
  expect(outputs['inspector-url']).toBe(`${url}/inspector`)
  expect((await fetch(`${url}/health`)).status).toBe(200)
  const { stdout } = await execute('ringback', ['--version'], { env: { PATH: path } })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(servicesOf(result)).toHaveLength(1)
})

test('the sample bot passes a scenario, and the service is stopped', async () => {
  const result = await run({
    ...(await startBot()),
    scenarios: 'examples/scenarios/m*.yaml\nexamples/scenarios/failed-transfer.yaml\n',
  })
  const { hasFailed, steps, log } = result
  const names = ['Install Ringback', 'Start Ringback', 'Play the scenarios', 'Stop Ringback']
  expect({ hasFailed, steps }, log).toEqual({ hasFailed: false, steps: names })
  expect(log).toContain('A caller leaves a message')
  expect(log).toContain('The colleague declines a transfer')
  expect(servicesOf(result)).toEqual([])
})

test('a scenario that fails is annotated, the log is printed, and the service is stopped', async () => {
  const scenarios = join(folder, 'fails $(exit 9).yaml')
  const passing = readFileSync('examples/scenarios/menu.yaml', 'utf8')
  writeFileSync(
    scenarios,
    passing.replace(
      /^( *- expect: \{ request: subscribeToTone \})$/m,
      '  - expect: { request: unmute, within: 500ms }',
    ),
  )
  const result = await run({ ...(await startBot()), scenarios })
  const { hasFailed, steps, log } = result
  expect({ hasFailed, last: steps.slice(-2) }, log).toEqual({
    hasFailed: true,
    last: ['Print the log of Ringback', 'Stop Ringback'],
  })
  expect(log).toMatch(/^::error .*no request unmute within 500ms/m)
  expect(log).toMatch(
    /^::group::Log of Ringback\n::stop-commands::(\S+)\n[\s\S]+\/answer 200[\s\S]+\n::\1::\n::endgroup::$/m,
  )
  expect(servicesOf(result)).toEqual([])
})

test.each<{ name: string; inputs: Record<string, string>; problem: string }>([
  {
    name: 'a pattern without a file',
    inputs: { scenarios: 'no/such/*.yaml' },
    problem: '::error::The input scenarios',
  },
  {
    name: 'a port that is not one',
    inputs: { port: 'http' },
    problem: "--port must be a whole number from 0 to 65535, not 'http'",
  },
  {
    name: 'a file of settings that is missing',
    inputs: { settings: 'no/such.env' },
    problem: '--env: cannot read no/such.env',
  },
  { name: 'a version that is not one', inputs: { version: './no-such-package' }, problem: 'no-such-package' },
])('$name fails with its reason, and leaves nothing behind', async ({ inputs, problem }) => {
  const result = await run(inputs)
  expect(result.hasFailed).toBe(true)
  expect(result.log).toContain(problem)
  expect(servicesOf(result)).toEqual([])
})

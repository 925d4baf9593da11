import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Terminal } from '../../cli/context.js'
import { runProgram } from '../../cli/program.js'
import { startOwnService } from '../support/ownService.js'
import type { RunningService } from '../support/serviceProcess.js'

/** The application id in the scenarios, which is the default of the sample bot. */
const APPLICATION_ID = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'

/** A service of its own: a scenario makes Heidi Steen let it ring, and the bots of other tests invite her. */
let service: RunningService
let botUrl: string
let stopBot: () => void
let directory: string

beforeAll(async () => {
  service = await startOwnService()
  directory = await mkdtemp(join(tmpdir(), 'ringback-scenarios-'))
  const bot = spawn(process.execPath, ['dist/examples/bot/bot.js'], {
    env: { ...process.env, GRAPH_BASE_URL: service.baseUrl, APPLICATION_ID, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stopBot = () => void bot.kill()
  let output = ''
  bot.stdout.on('data', (text) => (output += text))
  while (!output.includes('callback URL is')) await once(bot.stdout, 'data')
  botUrl = /https?:\S+\/api\/calls/.exec(output)?.[0] ?? ''
})
afterAll(async () => {
  stopBot()
  await service.stop()
  await rm(directory, { recursive: true })
})

interface Result {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `ringback run` as a process. */
function run(args: readonly string[], url = service.baseUrl): Promise<Result> {
  const env = { ...process.env, BOT_URL: botUrl, RINGBACK_URL: url, NO_COLOR: '1' }
  return new Promise((resolve) => {
    const program = ['--enable-source-maps', 'dist/cli/main.js', 'run', ...args]
    execFile(process.execPath, program, { env }, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

interface ScenarioParts {
  readonly steps: readonly string[]
  readonly faults?: readonly string[]
  /** By default a bot that no other test has. */
  readonly applicationId?: string
}

async function writeScenario({ steps, faults = [], applicationId = randomUUID() }: ScenarioParts): Promise<string> {
  const file = join(directory, `${randomUUID()}.yaml`)
  const lines = [
    'version: 1',
    'name: A test',
    `bot: { callback: "${botUrl}", applicationId: ${applicationId}, dialect: app }`,
    'people: { megan: { name: Megan Bowen }, heidi: { name: Heidi Steen, onCall: wait } }',
    ...(faults.length > 0 ? ['faults:', ...faults.map((fault) => `  - ${fault}`)] : []),
    'steps:',
    ...steps.map((step) => `  - ${step}`),
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

test('the five example scenarios pass with the sample bot', async () => {
  const files = globSync('examples/scenarios/*.yaml').toSorted()
  expect(files).toHaveLength(5)
  const { exitCode, stdout, stderr } = await run(files)
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout.match(/^PASS {2}\d+ ms$/gm)).toHaveLength(5)
  expect(stdout).toMatch(/\n5 passed, 0 failed\n$/)
})

test('a failing scenario ends with 1, its place, the closest event, the ladder and the command to repeat it', async () => {
  const file = await writeScenario({
    applicationId: APPLICATION_ID,
    steps: [
      'call: { from: megan, to: menu }',
      'expect: { state: established }',
      'expect: { notification: deleted operations completed }',
      'expect: { request: participants/invite, within: 500ms }',
      'leave: { person: megan }',
    ],
  })
  const { exitCode, stdout } = await run([file, '--seed', '42'])
  expect(exitCode).toBe(1)
  expect(
    stdout
      .replaceAll(file, 'FILE')
      .replaceAll(/\d+ ms/g, 'N ms')
      .replaceAll(/\d\.\d{3}/g, '0.000'),
  ).toBe(`A test  FILE  seed 42
  ok  megan calls menu  N ms
  ok  expect state established  N ms
  ok  expect notification deleted operations completed, delivered  N ms
FAIL  FILE   seed 42
error: no request participants/invite within 500ms
  --> FILE:9:5
9 |   - expect: { request: participants/invite, within: 500ms }
  |     ^^^^^^ closest: POST playPrompt, 200 at 0.000

            Bot                                 Ringback            Megan Bowen
             |                                      |                    |
    0.000    |                                      |<. calls the bot ...|  201
    0.000    |<- #1 created call incoming ----------|                    |  202
    0.000    |-- POST answer ---------------------->|                    |  200
    0.000    |<- #2 updated call establishing ------|                    |  202
    0.000    |<- #3 updated call established -------|                    |  202
    0.000    |-- POST subscribeToTone ------------->|                    |  200
    0.000    |-- POST playPrompt ------------------>|                    |  200
    0.000    |                                      * prompt finished    |
    0.000    |<- #4 deleted operations completed ---|                    |  202
             |                                      |                    |

again  ringback run FILE --seed 42

0 passed, 1 failed
`)
})

test('a file with errors ends with 2, lists them all, and runs nothing', async () => {
  const valid = await writeScenario({ steps: ['call: { from: megan, to: menu }'] })
  const file = await writeScenario({ steps: ['pres: { person: megan }', 'call: { from: amar }'] })
  const { exitCode, stdout } = await run([valid, file])
  expect({ exitCode, stdout: stdout.replaceAll(file, 'FILE') }).toEqual({
    exitCode: 2,
    stdout: `FILE:6:5 steps[0].pres: unknown property; did you mean press?
6 |   - pres: { person: megan }
  |     ^^^^
`,
  })
})

test('a file that is not there, and an unknown reporter, end with 2', async () => {
  expect(await run(['missing.yaml'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('missing.yaml cannot be read: there is no such file.'),
  })
  expect(await run(['x.yaml', '--reporter', 'tap'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('tap'),
  })
  expect(await run(['x.yaml', '--seed', '-1'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('whole number'),
  })
})

test('a service that is not there ends with 3', async () => {
  const file = await writeScenario({ steps: ['call: { from: megan }'] })
  expect(await run([file], 'http://127.0.0.1:1')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('No service answers at http://127.0.0.1:1'),
  })
})

test('a fault that never applied fails the scenario, and faults are removed at the end, also after a failure', async () => {
  const applicationId = randomUUID()
  const faults = ['{ on: api, effect: status, status: 503, request: transfer }']
  const unfired = await writeScenario({ applicationId, faults, steps: ['call: { from: megan }'] })
  const result = await run([unfired, '--reporter', 'json'])
  expect(result.exitCode).toBe(1)
  expect(result.stdout).toContain('"message":"the fault status on api never applied"')
  expect(result.stdout).toContain('"line":6,"column":5')
  expect(await listFaults(applicationId)).toEqual([])

  const failing = await writeScenario({ applicationId, faults, steps: ['leave: { person: heidi, within: 10ms }'] })
  const failed = await run([failing])
  expect(failed.exitCode).toBe(1)
  expect(failed.stdout).toContain('error: heidi leaves: not possible within 10ms')
  expect(failed.stdout).toContain('closest: heidi is in no call with the bot')
  expect(await listFaults(applicationId)).toEqual([])
})

async function listFaults(applicationId: string): Promise<unknown> {
  const tokenReply = await fetch(`${service.baseUrl}/common/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: randomUUID(),
      client_secret: 'any',
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  const { access_token: token } = (await tokenReply.json()) as { access_token: string }
  const reply = await fetch(`${service.baseUrl}/simulator/faults/${applicationId}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  return ((await reply.json()) as { faults: unknown }).faults
}

test('a scenario leaves no call behind: its people hang up', async () => {
  const file = await writeScenario({
    applicationId: APPLICATION_ID,
    steps: [
      'call: { from: megan, to: menu, as: mine }',
      'expect: { state: established }',
      'expect: { endReason: busy, within: 10ms }',
    ],
  })
  const { stdout } = await run([file])
  const next = await writeScenario({
    applicationId: APPLICATION_ID,
    steps: ['call: { from: megan, to: menu }', 'expect: { state: established }', 'expect: { noRefusedRequests: true }'],
  })
  expect(stdout).toContain('closest: the call is established')
  expect(await run([next])).toMatchObject({ exitCode: 0 })
})

test('scenarios of two bots that run at the same time do not meet, although their people have the same names', async () => {
  const steps = ['call: { from: megan }', 'leave: { person: megan }', 'expect: { endReason: otherSideEnded }']
  const files = await Promise.all([steps, steps].map((same) => writeScenario({ steps: same })))
  const results = await Promise.all(files.map((file) => run([file])))
  expect(
    results.map(({ exitCode }) => exitCode),
    results.map(({ stdout }) => stdout).join(''),
  ).toEqual([0, 0])
})

test('without a URL a service is started for the run, and stopped afterwards', async () => {
  let isRunning = false
  const printed: string[] = []
  const terminal: Terminal = {
    stdout: { write: (text) => printed.push(text) },
    stderr: { write: (text) => printed.push(text) },
    env: {},
    interruptSignal: () => new AbortController().signal,
    startService: async () => {
      isRunning = true
      return {
        url: service.baseUrl,
        stop: async () => {
          isRunning = false
        },
      }
    },
  }
  const file = await writeScenario({ steps: ['call: { from: megan }', 'expect: { state: incoming }'] })
  expect(await runProgram(['run', file], terminal), printed.join('')).toBe(0)
  expect(printed.join('')).toContain('1 passed, 0 failed')
  expect(isRunning).toBe(false)
})

test('an interrupted run ends with 1, and removes its faults', async () => {
  const applicationId = randomUUID()
  const interrupt = new AbortController()
  const stderr: string[] = []
  const terminal: Terminal = {
    stdout: { write: (text) => text.includes('ok ') && interrupt.abort() },
    stderr: { write: (text) => stderr.push(text) },
    env: { RINGBACK_URL: service.baseUrl },
    interruptSignal: () => interrupt.signal,
  }
  const file = await writeScenario({
    applicationId,
    faults: ['{ on: callback, effect: reset, times: always }'],
    steps: ['call: { from: megan }', 'expect: { state: terminated, within: 5m }'],
  })
  expect(await runProgram(['run', file], terminal)).toBe(1)
  expect(stderr.join('')).toBe('Interrupted.\n')
  expect(await listFaults(applicationId)).toEqual([])
})

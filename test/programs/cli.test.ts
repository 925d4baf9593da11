import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, onTestFinished, test } from 'vitest'
import { renderWav } from '../../shared/simulator/wav.js'
import { BROKEN_CALLBACKS } from '../support/brokenCallbacks.js'
import { readJsonLines, runCli, startCli } from '../support/cliProcess.js'
import { findClosedPort } from '../support/closedPort.js'
import { ANSWER, COMMUNICATIONS, establishCall, lastId, newBot, placeCall } from '../support/scenarios.js'
import { meetingBody, type TestBot } from '../support/testBot.js'

// The command line as a process, at the service that all tests share.

const execute = promisify(execFile)
const ACCEPTED = 202

/** A bot that answers its calls, and hangs up when they have audio. */
async function newAnsweringBot(): Promise<TestBot> {
  const bot = await newBot({ registered: 'communications' })
  bot.onNotification = async ({ body }, response) => {
    response.writeHead(ACCEPTED).end()
    const [{ changeType, resourceUrl, resourceData }] = body.value
    const call = `/v1.0${resourceUrl}`
    if (changeType === 'created')
      await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: bot.callbackUri })
    if (resourceData.mediaState) await bot.request('DELETE', call)
  }
  return bot
}

/** A bot that is not registered. The caller hangs up at once, because it cannot answer under another id. */
async function newHungUpBot(): Promise<TestBot> {
  const bot = await newBot()
  bot.onNotification = async ({ body: received }, response) => {
    response.writeHead(ACCEPTED).end()
    // The doctor sends an empty list.
    const [change] = received.value
    if (change?.changeType !== 'created') return
    const { user, phone } = change.resourceData.source.identity
    const body = { userId: (user ?? phone).id, callId: (change.resource ?? change.resourceUrl).split('/').at(-1) }
    await bot.request('POST', '/simulator/people/-/leave', body)
  }
  return bot
}

/** The lines of a text without the times at their starts. */
const linesOf = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^[\d:.]{12} /, ''))

test('call places a call, and prints its messages until it has ended', async () => {
  const bot = await newAnsweringBot()
  const personId = randomUUID()
  const { exitCode, stdout, stderr } = await runCli(['call', '--from', personId, '--bot', bot.applicationId])
  expect([exitCode, stderr]).toEqual([0, ''])
  const lines = linesOf(stdout)
  expect(lines[0]).toMatch(new RegExp(`^${personId} calls Test BOT {2}call [0-9a-f-]{36}$`))
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^-- calls the bot: new -> incoming {2}call /),
      expect.stringMatching(/^-> POST \/simulator\/calls 201, \d+ ms {2}call /),
      expect.stringMatching(/^<- #1 created call incoming 202, \d+ ms {2}call /),
      expect.stringMatching(/^-> DELETE \/v1\.0\/communications\/calls\/[0-9a-f-]{36} 204/),
    ]),
  )
  expect(lines.at(-1)).toMatch(/^<- #\d deleted call terminated 202/)
})

test('call registers a callback under a new application id, once', async () => {
  const bot = await newHungUpBot()
  const first = await runCli(['call', '--json', '--from', randomUUID(), '--bot', bot.callbackUri])
  const [placed, ...entries] = readJsonLines(first.stdout)
  expect(placed).toMatchObject({ type: 'call', isNewBot: true, callId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(entries.map(({ callId }) => callId)).toEqual(entries.map(() => placed.callId))
  expect(entries.at(-1)).toMatchObject({ type: 'attempt', summary: 'deleted call terminated', status: ACCEPTED })
  const registered = await bot.request('GET', `/bots/${placed.applicationId}`)
  expect(registered.body).toMatchObject({ callingWebhook: bot.callbackUri, dialect: 'communications' })
  const second = await runCli(['call', '--phone', '+14255550100', '--bot', bot.callbackUri])
  expect(linesOf(second.stdout)[0]).toMatch(/^\+14255550100 calls 127\.0\.0\.1:\d+ {2}call /)
  expect([second.exitCode, second.stderr]).toEqual([0, ''])
})

test('call says when the notifications of an ended call are not delivered', async () => {
  const bot = await newBot({ registered: 'communications' })
  bot.onNotification = (_, response) => void response.writeHead(410).end()
  const personId = randomUUID()
  const cli = startCli(['call', '--from', personId, '--bot', bot.applicationId])
  await expect.poll(cli.stdout).toContain('dead-lettered')
  await bot.request('POST', `/simulator/people/${personId}/leave`)
  expect(await cli.exit).toBe(0)
  expect(cli.stdout()).toMatch(/!! #1 and all later ones dead-lettered: .*410/)
})

test('Ctrl-C ends call, and the call goes on', async () => {
  const bot = await newBot({ registered: 'communications' })
  const personId = randomUUID()
  const cli = startCli(['call', '--from', personId, '--bot', bot.applicationId])
  await expect.poll(cli.stdout).toContain('#1 created call incoming')
  cli.child.kill('SIGINT')
  expect(await cli.exit).toBe(0)
  expect(cli.stderr()).toMatch(/^The call goes on: ringback tail --call [0-9a-f]{8}\.\.\.[0-9a-f]{4}\n$/)
  expect(await runCli(['person', personId, 'leave'])).toMatchObject({ exitCode: 0 })
})

test('person acts in a call, and says in which', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const callId = lastId(await establishCall(bot, COMMUNICATIONS, personId))
  const directory = await mkdtemp(join(tmpdir(), 'ringback-cli-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'hello.wav')
  await writeFile(file, renderWav([{ startMs: 0, durationMs: 10, samples: new Uint8Array(320) }], 10))
  for (const action of [
    ['mute'],
    ['unmute'],
    ['press', '1'],
    ['say', '0.5'],
    ['say', file, '--call', callId.slice(0, 12)],
  ]) {
    const { exitCode, stdout, stderr } = await runCli(['person', personId, ...action])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^${personId}: ${action[0]}.* call ${callId.slice(0, 8)}\\.\\.\\.`))
  }
  const left = await runCli(['person', personId, 'LEAVE', '--json'])
  expect(readJsonLines(left.stdout)).toEqual([{ personId, action: 'leave', callId }])
  expect(await runCli(['person', personId, 'mute'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `error: userId: ${personId} is in no call that allows this.\n`,
  })
})

test('a person joins a group call', async () => {
  const bot = await newBot()
  const { body: meeting } = await bot.request('POST', COMMUNICATIONS.calls, meetingBody(bot.callbackUri))
  await bot.waitFor(3)
  const { exitCode, stdout } = await runCli(['person', 'jon', 'join', meeting.id])
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^jon: join /)])
  expect((await bot.request('GET', `${COMMUNICATIONS.calls}/${meeting.id}/participants`)).text).toContain('"jon"')
})

test('tail follows one call until Ctrl-C', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const callId = lastId(await establishCall(bot, COMMUNICATIONS, personId))
  const tail = startCli(['tail', '--call', callId])
  await expect.poll(tail.stderr).toBe(`Following ${inject('baseUrl')}. Ctrl-C ends.\n`)
  await bot.request('POST', `/simulator/people/${personId}/leave`)
  await expect.poll(tail.stdout).toContain('deleted call terminated 202')
  tail.child.kill('SIGINT')
  expect(await tail.exit).toBe(0)
  expect(
    linesOf(tail.stdout()).every((line) => line.endsWith(`call ${callId.slice(0, 8)}...${callId.slice(-4)}`)),
  ).toBe(true)
  expect(tail.stdout(), 'no colors outside a terminal').not.toContain('\u001b')
})

test('tail --failed prints only what failed, with the message of a refused request', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  const people = startCli(['tail', '--failed', '--call', lastId(call)])
  const json = startCli(['tail', '--failed', '--call', lastId(call), '--json'])
  await expect.poll(people.stderr).toContain('Following')
  await expect
    .poll(async () => {
      await bot.request('POST', `/simulator/people/${personId}/mute`)
      await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: bot.callbackUri })
      return json.stdout()
    })
    .toContain('\n')
  const [entry] = readJsonLines(json.stdout())
  expect(entry).toMatchObject({ type: 'reply', status: 409, method: 'POST', path: `${call}/answer` })
  await expect.poll(people.stdout).toContain('\n')
  expect(linesOf(people.stdout())[0]).toMatch(/^-> POST .*\/answer 409 \w+: The call is .+, \d+ ms {2}call /)
  expect(linesOf(people.stdout()).filter((line) => !line.includes(' 409 '))).toEqual([])
})

test('show draws a call, by its id or the start of it', async () => {
  const bot = await newBot({ registered: 'communications' })
  const callId = await placeCall(bot)
  await bot.waitFor(1)
  await expect.poll(async () => (await runCli(['show', callId])).stdout).toContain('<- #1 created call incoming')
  const { exitCode, stdout, stderr } = await runCli(['show', callId.slice(0, 13)])
  expect([exitCode, stderr]).toEqual([0, ''])
  const [title = '', , lanes] = stdout.split('\n')
  expect(title).toMatch(new RegExp(`^call ${callId}: incoming, incoming, 1 notification$`))
  expect(lanes?.trim().split(/ {2,}/)).toEqual(['Test BOT', 'Ringback', 'Heidi Steen'])
  const [call] = readJsonLines((await runCli(['show', '--json', callId])).stdout)
  expect(call).toMatchObject({ id: callId, state: 'incoming', entries: expect.any(Array) })
})

test.for([
  [['show', randomUUID()], /^error: .*call/i],
  [['show', '0000000000'], /^error: No call has an id that starts with 0000000000\./],
  [['tail', '--call', '0000000000'], /^error: No call has an id/],
  [['replay', '--call', randomUUID()], /^error: .*call/i],
  [['replay', '--since', 'yesterday'], /^error: since: must be a date and a time/],
  [['call', '--bot', randomUUID()], /^error: No bot is registered as /],
  [['call', '--bot', 'http://bot.example/api/calls'], /^error: callingWebhook: must be https/],
  [['call', '--bot', 'http://localhost:3978/', '--application', 'x'], /^error: applicationId: "x" is not a GUID\./],
  [['doctor', randomUUID()], /^error: No bot is registered as /],
  [['person', randomUUID(), 'answer'], /^error: .* is in no call that allows this\./],
] as const)('%j is refused with exit code 2', async ([args, message]) => {
  const { exitCode, stdout, stderr } = await runCli(args)
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
})

test('replay lists the dead letters of a call, and delivers them again', async () => {
  const bot = await newBot({ registered: 'communications' })
  bot.onNotification = (_, response) => void response.writeHead(410).end()
  const callId = await placeCall(bot)
  await expect
    .poll(async () => (await bot.request('GET', `/deliveries?callId=${callId}`)).text)
    .toContain('"state":"deadLettered"')
  bot.onNotification = (_, response) => void response.writeHead(ACCEPTED).end()
  const { exitCode, stdout, stderr } = await runCli(['replay', '--call', callId])
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout.split('\n')[0]).toMatch(
    new RegExp(`^#1 {2}call ${callId.slice(0, 8)}\\.\\.\\..*${bot.callbackUri} .*410`),
  )
  expect(stdout).toMatch(/\nReplaying \d notifications? of 1 call\.\n$/)
  await bot.waitFor(2)
  await expect
    .poll(async () => readJsonLines((await runCli(['replay', '--call', callId, '--json'])).stdout))
    .toEqual([{ type: 'replay', calls: 0, notifications: 0 }])
})

test('a service that is not there ends every command with exit code 3', async () => {
  const url = await findClosedPort()
  const { exitCode, stdout, stderr } = await runCli(['doctor', '--url', url])
  expect([exitCode, stdout]).toEqual([3, ''])
  expect(stderr).toContain(`error: No service answers at ${url} (ECONNREFUSED).\nStart one with`)
})

test('a token that is given is used', async () => {
  const { exitCode, stderr } = await runCli(['show'], { RINGBACK_TOKEN: 'nonsense' })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('Set RINGBACK_TOKEN to a token that is valid.')
})

test('a reader that goes away ends the command', async () => {
  const bot = await newBot({ registered: 'communications' })
  const callId = await placeCall(bot)
  const cli = startCli(['show', callId])
  cli.child.stdout?.destroy()
  await cli.exit
  expect(cli.stderr()).toBe('')
})

// The doctor.

test.for(Object.entries(BROKEN_CALLBACKS))('doctor explains %s', async ([, { start, result, finding, advice }]) => {
  const url = await start()
  const { exitCode, stdout, stderr } = await runCli(['doctor', url])
  expect([exitCode, stderr]).toEqual([result === 'FAIL' ? 1 : 0, ''])
  const [title, check = '', remedy = ''] = stdout.split('\n')
  expect(title).toBe(`(not registered)  ${url}`)
  expect(check).toMatch(new RegExp(`^${result}  callback  `))
  expect(check).toMatch(finding)
  expect(remedy).toMatch(/^ {6}try {7}/)
  expect(remedy).toMatch(advice)
})

test('doctor reports whether the bot verifies tokens, also as JSON', async () => {
  const bot = await newBot({ registered: 'communications' })
  const { exitCode, stdout } = await runCli(['doctor', bot.applicationId])
  expect(exitCode).toBe(0)
  expect(stdout.split('\n')).toEqual([
    `Test BOT  ${bot.callbackUri}`,
    expect.stringMatching(/^ok {4}callback {2}The callback answered 202 in \d+ ms\.$/),
    expect.stringMatching(/^warn {2}token {5}The bot does not verify tokens: it answered 202/),
    expect.stringMatching(/^ {6}try {7}Verify the signature with the keys of /),
    '',
  ])
  const json = await runCli(['doctor', bot.callbackUri, '--json'])
  expect(readJsonLines(json.stdout)).toMatchObject([
    { applicationId: bot.applicationId, callingWebhook: bot.callbackUri, name: 'callback', result: 'ok' },
    { applicationId: bot.applicationId, name: 'token', result: 'warning', advice: expect.any(String) },
  ])
})

// The documents.

test('the examples of docs/cli.md work as pasted', async () => {
  const bot = await newHungUpBot()
  const page = await readFile('docs/cli.md', 'utf8')
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  // start and tail go on until Ctrl-C, and the actions of a person need a call in which they are possible.
  const examples = blocks.filter((block) => !/ringback (start|tail|person)/.test(block)).map((block) => block.trim())
  expect(examples.length).toBeGreaterThanOrEqual(5)
  // Other tests have dead letters at the same service, so nothing older than the test is replayed.
  const script = examples
    .join('\n')
    .replaceAll('http://localhost:3978/api/calls', bot.callbackUri)
    .replace(/--since \S+/, `--since ${new Date().toISOString()}`)
  const define = `ringback() { '${process.execPath}' '${resolve('dist/cli/main.js')}' "$@"; }`
  const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', `${define}\n${script}`], {
    env: { ...process.env, RINGBACK_URL: inject('baseUrl') },
  })
  expect(stdout).toMatch(/^megan calls 127\.0\.0\.1:\d+/)
})

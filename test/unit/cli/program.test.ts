import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findClosedPort } from '../../support/closedPort.js'
import { runCommand } from '../../support/terminal.js'

const MAX_HELP_LINES = 25
const MAX_HELP_WIDTH = 80
const closed = await findClosedPort()
const NOWHERE = { RINGBACK_URL: closed }

const help = await runCommand(['--help'])
const [, listed = ''] = /Commands:\n([\s\S]*?)\n\n/.exec(help.stdout) ?? []
const commands = listed.split('\n').map((line) => line.trim().split(' ')[0] ?? '')

test('the help fits on a screen and lists the exit codes', () => {
  const lines = help.stdout.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(MAX_HELP_LINES)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(MAX_HELP_WIDTH)
  expect(help).toMatchObject({ exitCode: 0, stderr: '' })
  expect(help.stdout).toContain('Exit codes: 0 ok, 1 expectation failed, 2 usage or file, 3 unreachable')
  expect(commands).toEqual(expect.arrayContaining(['call', 'person', 'tail', 'show', 'replay', 'doctor']))
})

test.for(commands.filter((name) => name !== 'help'))(
  'the help of %s has an example, and its options are documented',
  async (name) => {
    const { exitCode, stdout } = await runCommand([name, '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`Examples?:\n  ringback ${name}`))
    const [, options = ''] = /\nOptions:\n([\s\S]*?)\n\n/.exec(stdout) ?? []
    const page = readFileSync('docs/cli.md', 'utf8')
    const undocumented = [...options.matchAll(/--[a-z-]+/g)].filter(([option]) => !page.includes(option))
    expect(undocumented).toEqual([])
  },
)

test('docs/cli.md has the exit codes of the source', () => {
  const codes = readFileSync('cli/exitCodes.ts', 'utf8').matchAll(/EXIT_\w+ = (\d)/g)
  const rows = readFileSync('docs/cli.md', 'utf8').matchAll(/^\| (\d) \|/gm)
  expect([...rows].map(([, code]) => code)).toEqual([...codes].map(([, code]) => code))
})

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(await runCommand(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
})

test.for([
  [['tial'], "error: unknown command 'tial'\n(Did you mean tail?)\n"],
  [['tail', '--faild'], "error: unknown option '--faild'\n(Did you mean --failed?)\n"],
  [['show', '--call'], "error: unknown option '--call'\nSee ringback show --help.\n"],
  [['tail', '--call'], "error: option '--call <id>' argument missing\nSee ringback tail --help.\n"],
  [['show', 'a', 'b'], /^error: too many arguments for 'show'/],
  [['person', 'heidi'], "error: missing required argument 'action'\nSee ringback person --help.\n"],
  [['call', '--from', 'x', '--phone', '+1'], /cannot be used with option '--from <id>'/],
  [['call', '--dialect', 'latin'], /Allowed choices are app, communications\./],
  [['call', '--bot', 'x', '--tenant', 'y'], /^error: --tenant is for a callback that is registered\./],
  [['replay'], 'error: replay needs --call or --since.\nName a call with --call, or a time with --since.\n'],
  [['person', 'heidi', 'dance'], /^error: dance is not an action\.\nThe actions are answer, decline, .*, say FILE/],
  [['person', 'heidi', 'answer', '1'], 'error: answer takes no value, but got 1.\n'],
  [['person', 'heidi', 'press'], 'error: press needs a value: press KEY.\n'],
  [['person', 'heidi', 'press', '12'], /^error: 12 is not a key\.\nThe keys are 0 to 9, \*, #, a to d, and flash\.$/m],
  [['person', 'heidi', 'say', 'missing.wav'], /^error: missing\.wav cannot be read \(ENOENT\)\./],
  [['show', 'x'], /^error: x is not the id of a call\./],
  [['tail', '--url', 'ftp://x'], /^error: --url: ftp:\/\/x is not an http or https URL\.\nWrite it as http/],
] as const)('%j is a mistake of the user: exit code 2', async ([args, message]) => {
  const { exitCode, stdout, stderr } = await runCommand(args, { env: NOWHERE })
  expect([exitCode, stdout]).toEqual([2, ''])
  if (typeof message === 'string') expect(stderr).toBe(message)
  else expect(stderr).toMatch(message)
})

test('without a command, the help is printed as an error', async () => {
  expect(await runCommand([])).toEqual({ exitCode: 2, stdout: '', stderr: help.stdout })
})

test.for([
  ['call'],
  ['person', 'heidi', 'answer'],
  ['tail'],
  ['show'],
  ['replay', '--since', '2026-01-31T09:30:00Z'],
  ['doctor'],
])('%j without a service: exit code 3, and what to do', async (args) => {
  expect(await runCommand(args, { env: NOWHERE })).toEqual({
    exitCode: 3,
    stdout: '',
    stderr:
      `error: No service answers at ${closed} (ECONNREFUSED).\n` +
      'Start one with `ringback start`, or name its address with --url.\n',
  })
})

test.for([
  [['tial', '--json'], { message: "unknown command 'tial'", advice: '(Did you mean tail?)', exitCode: 2 }],
  [['--json', 'show'], { message: expect.stringContaining('(ECONNREFUSED)'), advice: expect.anything(), exitCode: 3 }],
] as const)('%j prints its error as one JSON object', async ([args, error]) => {
  const { exitCode, stdout, stderr } = await runCommand(args, { env: NOWHERE })
  expect([exitCode, stdout]).toEqual([error.exitCode, ''])
  expect(JSON.parse(stderr)).toEqual({ error })
})

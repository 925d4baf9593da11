import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// `npm run start:func` with a func of the test, which prints its arguments.

const SAMPLE = 'local.settings.sample.json'
const SETTINGS = 'local.settings.json'
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-func-'))
  await cp(SAMPLE, join(directory, SAMPLE))
})
afterEach(() => rm(directory, { recursive: true }))

const installFunc = () =>
  writeFile(join(directory, 'func'), '#!/bin/sh\necho "func $*"\n[ "$1" = --version ] || exit 3\n', { mode: 0o755 })

function startFunc(path: string, ...args: string[]) {
  const env = { ...process.env, PATH: path }
  return spawnSync(process.execPath, [resolve('scripts/startFunc.ts'), ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
}

test('without Core Tools, start:func says in one sentence how to get them', () => {
  const { status, stderr, stdout } = startFunc(directory)
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    'Azure Functions Core Tools are missing; install them with npm install --global azure-functions-core-tools@4 ' +
      '(other ways: https://aka.ms/func-core-tools).\n',
  )
})

test('start:func creates local.settings.json from the sample, passes its arguments and returns the exit code', async () => {
  await installFunc()
  const { status, stdout } = startFunc([directory, process.env.PATH].join(delimiter), '--port', '7072')

  expect(stdout).toBe(`Created ${SETTINGS} from ${SAMPLE}.\nfunc start --port 7072\n`)
  expect(status).toBe(3)
  expect(await readFile(join(directory, SETTINGS), 'utf8')).toBe(await readFile(SAMPLE, 'utf8'))
})

test('start:func keeps an existing local.settings.json', async () => {
  await installFunc()
  await writeFile(join(directory, SETTINGS), '{}')
  const { stdout } = startFunc([directory, process.env.PATH].join(delimiter))

  expect(stdout).toBe('func start\n')
  expect(await readFile(join(directory, SETTINGS), 'utf8')).toBe('{}')
})

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { lockDirectory } from '../../../embedded/directoryLock.js'

const ROUNDS = 15

let folder: string
let program: string

/** A program that locks the directory of a message, and answers whether it could. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-lock-'))
  const main = join(folder, 'main.ts')
  program = join(folder, 'main.mjs')
  writeFileSync(
    main,
    `import { lockDirectory } from ${JSON.stringify(join(process.cwd(), 'embedded/directoryLock.ts'))}
    process.on('message', (directory) => {
      try {
        lockDirectory(directory)
        process.send('locked')
      } catch (error) {
        process.send(error.message)
      }
    })
    process.send('ready')`,
  )
  await build({ entryPoints: [main], outfile: program, bundle: true, format: 'esm', platform: 'node' })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function startProgram(): Promise<ChildProcess> {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  onTestFinished(() => kill(child))
  await once(child, 'message')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
}

async function lockIn(child: ChildProcess, directory: string): Promise<string> {
  const answer = once(child, 'message')
  child.send(directory)
  return (await answer)[0]
}

test('of processes that start at the same time, after a kill too, exactly one gets the directory', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const children = await Promise.all([startProgram(), startProgram(), startProgram()])
    const answers = await Promise.all(children.map((child) => lockIn(child, folder)))
    const refusal = `${folder} is in use by another Ringback. Stop it, or name another directory.`
    expect(answers.toSorted()).toEqual([refusal, refusal, 'locked'].toSorted())
    await Promise.all(children.map(kill))
  }
})

test('a service of the same process is refused until the directory is released', () => {
  const unlock = lockDirectory(folder)
  expect(() => lockDirectory(folder)).toThrow('is in use by another Ringback')
  unlock()
  lockDirectory(folder)()
})

test('the lock is one empty file', () => {
  const directory = mkdtempSync(join(folder, 'files-'))
  onTestFinished(lockDirectory(directory))
  expect(readdirSync(directory)).toEqual(['ringback.lock'])
  expect(statSync(join(directory, 'ringback.lock')).size).toBe(0)
})

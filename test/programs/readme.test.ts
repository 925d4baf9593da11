import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { canRun } from '../support/processes.js'

const run = promisify(execFile)

/** Returns the commands of the README that follow `npm start`, addressed to the service of the tests. */
function readCommands(): string {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const commands = blocks.filter((block) => /\bcurl\b/.test(block))
  return commands
    .join('\n')
    .replace('http://127.0.0.1:7071', inject('baseUrl'))
    .replaceAll('curl ', 'curl -sS --fail-with-body ')
}

test.skipIf(!canRun('curl'))('the commands of the README work as pasted', async () => {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', readCommands()])
  const [bot, incoming] = stdout.trim().split('\n')
  expect(JSON.parse(bot ?? '')).toMatchObject({ displayName: 'My bot', dialect: 'app' })
  expect(JSON.parse(incoming ?? '')).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
})

import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'

const run = promisify(execFile)
const hasCurl = (() => {
  try {
    return execFileSync('curl', ['--version']).length > 0
  } catch {
    return false
  }
})()

/** The blocks that a reader pastes after `npm start`, against the service of the tests. */
function pastedBlocks(): string {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const pasted = blocks.filter((block) => !/\bnpm\b/.test(block))
  return pasted
    .join('\necho\n')
    .replace('http://127.0.0.1:7071', inject('baseUrl'))
    .replaceAll('curl ', 'curl -sS --fail-with-body ')
}

test.skipIf(!hasCurl)('the commands of the README work when they are pasted', async () => {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', pastedBlocks()])
  const [bot, incoming, outgoing] = stdout.trim().split('\n')
  expect(JSON.parse(bot ?? '')).toMatchObject({ displayName: 'My bot', dialect: 'app' })
  expect(JSON.parse(incoming ?? '')).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(JSON.parse(outgoing ?? '')).toMatchObject({ state: 'establishing', direction: 'outgoing' })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, inject, onTestFinished, test } from 'vitest'

test('the sample bot takes nothing from somebody who has no token for it', async () => {
  const bot = spawn(process.execPath, ['dist/examples/bot/bot.js'], {
    env: { ...process.env, GRAPH_BASE_URL: inject('baseUrl'), PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void bot.kill())
  const [printed] = await once(bot.stdout, 'data')
  const port = /listens on port (\d+)/.exec(String(printed))?.[1]
  const notify = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/api/calls`, { method: 'POST', headers, body: '{"value":[]}' })
  expect((await notify({})).status).toBe(401)
  expect((await notify({ Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' })).status).toBe(401)
})

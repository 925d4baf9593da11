import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPair, SignJWT } from 'jose'
import { expect, inject, onTestFinished, test } from 'vitest'

const APPLICATION_ID = '5d6a0c8e-3f0b-4d0e-9d3c-1b7f6a2e4c90'
const TENANT_ID = '2432b57b-0abd-43db-aa7b-16eadd115d34'

test('the sample bot takes nothing from somebody who has no token for it', async () => {
  const { notify, printed } = await startBot()
  expect(await notify({}), 'no token').toBe(401)
  expect(await notify({ Authorization: 'Basic eDp5' }), 'no bearer token').toBe(401)
  expect(await notify({ Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }), 'unsigned').toBe(403)
  expect(await notify({ Authorization: `Bearer ${await forge()}` }), 'signed by somebody else').toBe(403)
  expect(await notify({ Authorization: `Bearer ${await accessToken()}` }), 'signed for something else').toBe(403)
  expect(printed()).not.toContain('is incoming')
})

async function startBot() {
  const bot = spawn(process.execPath, ['dist/examples/bot/bot.js'], {
    env: { ...process.env, GRAPH_BASE_URL: inject('baseUrl'), APPLICATION_ID, TENANT_ID, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void bot.kill())
  let output = ''
  bot.stdout.on('data', (text) => (output += text))
  while (!/listens on port \d+\n/.test(output)) await once(bot.stdout, 'data')
  const port = /port (\d+)/.exec(output)?.[1]
  const resourceData = { state: 'incoming', direction: 'incoming' }
  const body = JSON.stringify({ value: [{ changeType: 'created', resource: '/app/calls/1', resourceData }] })
  return {
    printed: () => output,
    notify: async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${port}/api/calls`, { method: 'POST', headers, body })).status,
  }
}

/** All is as it must be, but the key. */
async function forge(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256')
  const jwt = new SignJWT({ tid: TENANT_ID }).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('1h')
  return jwt.setIssuer('https://api.botframework.com').setAudience(APPLICATION_ID).sign(privateKey)
}

/** The service has signed it, but for requests to itself. */
async function accessToken(): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: APPLICATION_ID, client_secret: 'any' }
  const response = await fetch(`${inject('baseUrl')}/${TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

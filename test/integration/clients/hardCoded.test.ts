import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startHttpsService } from '../../support/httpsService.js'

const HOST_NAMES = 'graph.microsoft.com,login.microsoftonline.com,api.aps.skype.com'

test('a bot with hard-coded Microsoft hosts runs unchanged and accepts the tokens on its notifications', async () => {
  const service = await startHttpsService(HOST_NAMES)
  onTestFinished(() => service.stop())
  const env = {
    ...process.env,
    HOST_NAMES,
    SERVICE_PORT: new URL(service.origin).port,
    NODE_EXTRA_CA_CERTS: join(service.keys, 'ca.crt'),
  }
  const script = [
    '--require',
    './test/integration/clients/hardCoded/hosts.cjs',
    'test/integration/clients/hardCoded/bot.mjs',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, script, { env, timeout: 20_000 })
  expect(stdout.trim().split('\n')).toEqual([
    '201 true',
    'updated establishing',
    'updated established',
    'updated audio',
    'updated terminating',
    'deleted terminated',
  ])
})

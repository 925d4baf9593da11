import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { UserError } from '../../../hosting/userError.js'
import { readHostSettings } from '../../../local-host/settings.js'

async function createApp(hostJson?: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'settings-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  if (hostJson !== undefined) await writeFile(join(directory, 'host.json'), hostJson)
  return directory
}

const withQueues = (queues: object) => JSON.stringify({ extensions: { queues } })

test('an empty host.json has the defaults of the Functions host', async () => {
  expect(await readHostSettings(await createApp('{}'), {})).toEqual({
    routePrefix: 'api',
    queues: {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      maxPollingInterval: 60_000,
      visibilityTimeout: 0,
      isBase64: true,
    },
  })
})

test('host.json sets values, and environment variables override them', async () => {
  const queues = { batchSize: 4, visibilityTimeout: '1.00:00:00.5', messageEncoding: 'none' }
  const app = await createApp(JSON.stringify({ extensions: { http: { routePrefix: '' }, queues } }))
  const { routePrefix, queues: read } = await readHostSettings(app, {
    azurefunctionsjobhost__extensions__queues__batchsize: '2',
  })
  expect(routePrefix).toBe('')
  expect(read).toMatchObject({ batchSize: 2, newBatchThreshold: 1, visibilityTimeout: 86_400_500, isBase64: false })
})

test.each([
  [{ batchSize: 0 }, 'batchSize of host.json (or', "must be a number from 1 to 32, not '0'."],
  [{ batchSize: 33 }, 'AzureFunctionsJobHost__extensions__queues__batchSize)', "not '33'."],
  [{ maxDequeueCount: -1 }, 'maxDequeueCount of host.json', "must be a whole number, not '-1'."],
  [{ maxPollingInterval: '2s' }, 'maxPollingInterval of host.json', "must be a time span such as 00:00:02, not '2s'."],
])('%j is rejected with a message that names the value', async (queues, source, problem) => {
  const reading = readHostSettings(await createApp(withQueues(queues)), {})
  await expect(reading).rejects.toThrow(UserError)
  await expect(reading).rejects.toThrow(source)
  await expect(reading).rejects.toThrow(problem)
})

test('the error for a damaged host.json names the file', async () => {
  const app = await createApp('{')
  const reading = readHostSettings(app, {})
  await expect(reading).rejects.toThrow(UserError)
  await expect(reading).rejects.toThrow(`${join(app, 'host.json')} is not valid JSON.`)
})

test('the error for a missing host.json names the file', async () => {
  const app = await createApp()
  const reading = readHostSettings(app, {})
  await expect(reading).rejects.toThrow(UserError)
  await expect(reading).rejects.toThrow(`Cannot read ${join(app, 'host.json')}.`)
})

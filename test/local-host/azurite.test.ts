import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAzurite } from '../../local-host/azurite.js'

const MODULE = new URL('../../local-host/azurite.ts', import.meta.url).href
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'azurite-test-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A process that starts Azurite on the directory, creates a queue and tells its connection string. */
function spawnParent() {
  const script = `
    import { startAzurite } from '${MODULE}'
    import { QueueServiceClient } from '@azure/storage-queue'
    const azurite = await startAzurite({ directory: ${JSON.stringify(directory)} })
    await QueueServiceClient.fromConnectionString(azurite.connectionString()).createQueue('kept')
    process.stdout.write(azurite.connectionString() + '\\n')`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function listQueues(connectionString: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of QueueServiceClient.fromConnectionString(connectionString).listQueues()) names.push(name)
  return names
}

async function answers(connectionString: string): Promise<boolean> {
  const url = /QueueEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? ''
  return fetch(url).then(
    () => true,
    () => false,
  )
}

describe('Azurite', () => {
  it('serves its account, and keeps nothing without a directory', async () => {
    const azurite = await startAzurite()
    await QueueServiceClient.fromConnectionString(azurite.connectionString()).createQueue('mine')
    expect(await listQueues(azurite.connectionString())).toEqual(['mine'])
    await azurite.stop()
    expect(await answers(azurite.connectionString())).toBe(false)
  })

  it('keeps its data over a restart and lets no second one at it meanwhile', async () => {
    const first = await startAzurite({ directory })
    await QueueServiceClient.fromConnectionString(first.connectionString()).createQueue('kept')
    await expect(startAzurite({ directory })).rejects.toThrow(`Another Azurite is already running on ${directory}`)
    await first.stop()

    const second = await startAzurite({ directory })
    expect(await listQueues(second.connectionString())).toEqual(['kept'])
    await second.stop()
  })

  it('ends with its parent by SIGKILL and keeps its data', async () => {
    const parent = spawnParent()
    const [connectionString] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(await answers(connectionString)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => answers(connectionString)).toBe(false)

    const azurite = await startAzurite({ directory })
    expect(await listQueues(azurite.connectionString())).toEqual(['kept'])
    await azurite.stop()
  })

  it('ends with a parent that is killed while it starts', async () => {
    const parent = spawnParent()
    setTimeout(() => parent.kill('SIGKILL'), 600)
    await once(parent, 'exit')
    const azurite = await startAzurite({ directory })
    await azurite.stop()
  })
})

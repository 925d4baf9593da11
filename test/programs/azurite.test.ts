import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '../../hosting/userError.js'
import { startAzurite } from '../../local-host/azurite.js'
import { azuritesIn, isReachable } from '../support/processes.js'

/** The built module, because Node.js does not find the `.js` imports of a `.ts` file. */
const MODULE = new URL('../../dist/local-host/azurite.js', import.meta.url).href
let directory: string

/** The text of each database of an Azurite that has a queue with a message. */
const intactDatabases = new Map<string, string>()
beforeAll(async () => {
  const source = await mkdtemp(join(tmpdir(), 'azurite-test-'))
  const azurite = await startAzurite({ directory: source })
  const queue = QueueServiceClient.fromConnectionString(azurite.connectionString()).getQueueClient('kept')
  await queue.create()
  await queue.sendMessage('kept')
  await azurite.stop()
  for (const part of ['table', 'queue', 'queue_extent', 'blob']) {
    intactDatabases.set(part, await readFile(join(source, `__azurite_db_${part}__.json`), 'utf8'))
  }
  await rm(source, { recursive: true })
})

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'azurite-test-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Spawns a process that starts Azurite on the directory, creates a queue and prints the connection string. */
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

describe('Azurite', () => {
  it('serves its account in memory without a directory', async () => {
    const azurite = await startAzurite()
    await QueueServiceClient.fromConnectionString(azurite.connectionString()).createQueue('mine')
    expect(await listQueues(azurite.connectionString())).toEqual(['mine'])
    await azurite.stop()
    expect(await isReachable(azurite.connectionString())).toBe(false)
  })

  it('keeps idle connections open', async () => {
    const azurite = await startAzurite()
    const endpoints = [...azurite.connectionString().matchAll(/Endpoint=([^;]+)/g)].map(([, url = '']) => url)
    // The guard changes a server when its first request arrives.
    await Promise.all(endpoints.map((url) => fetch(url)))
    const replies = await Promise.all(endpoints.map((url) => fetch(url)))
    await azurite.stop()
    // This header would announce after how many seconds the server closes an idle connection.
    expect(replies.map(({ headers }) => headers.get('keep-alive'))).toEqual([null, null, null])
  })

  it('keeps its data over a restart and rejects a second Azurite on the same data', async () => {
    const first = await startAzurite({ directory })
    await QueueServiceClient.fromConnectionString(first.connectionString()).createQueue('kept')
    await expect(startAzurite({ directory })).rejects.toMatchObject({
      name: 'UserError',
      message: `Another Azurite is already running on ${directory}. Stop it first, for example another npm start.`,
    })
    await first.stop()

    const second = await startAzurite({ directory })
    expect(await listQueues(second.connectionString())).toEqual(['kept'])
    await second.stop()
  })

  it('stops when its parent is killed by SIGKILL, and keeps its data', async () => {
    const parent = spawnParent()
    const [connectionString] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(await isReachable(connectionString)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => isReachable(connectionString)).toBe(false)

    const azurite = await startAzurite({ directory })
    expect(await listQueues(azurite.connectionString())).toEqual(['kept'])
    await azurite.stop()
  })

  it.skipIf(process.platform === 'win32')('stops when its parent is killed while Azurite starts', async () => {
    const parent = spawnParent()
    await expect.poll(() => azuritesIn(directory)).toHaveLength(1)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    // Azurite notices the exit after it has loaded its modules: one second, more on a busy machine.
    await expect.poll(() => azuritesIn(directory)).toEqual([])
    await (await startAzurite({ directory })).stop()
  })

  const DAMAGES: [title: string, damage: (text: string) => string | Uint8Array][] = [
    ['is not JSON', () => 'damaged'],
    ['is empty', () => ''],
    ['is cut off', (text) => text.slice(0, text.length / 2)],
    ['is another object', () => '{}'],
    ['contains only zeros', (text) => new Uint8Array(text.length)],
  ]
  it.for(
    ['table', 'queue', 'queue_extent', 'blob'].flatMap((part) =>
      DAMAGES.map(([title, damage]) => [part, title, damage] as const),
    ),
  )('names the directory to delete when its %s database %s', async ([part, , damage]) => {
    const file = join(directory, `__azurite_db_${part}__.json`)
    await writeFile(file, damage(intactDatabases.get(part) ?? ''))
    const starting = startAzurite({ directory })
    await expect(starting).rejects.toThrow(UserError)
    await expect(starting).rejects.toThrow(
      `To start with an empty storage, delete ${directory}. This deletes all calls and registered bots.`,
    )
  })

  it('rejects a directory that is a file', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const starting = startAzurite({ directory: file })
    await expect(starting).rejects.toThrow(UserError)
    await expect(starting).rejects.toThrow(`Cannot use ${file} for the data of the storage.`)
  })
})

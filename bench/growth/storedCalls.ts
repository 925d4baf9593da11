import { TableServiceClient } from '@azure/data-tables'
import { CREATE_NOTIFICATIONS, idOf, startBot, startCallback } from '../bot.js'
import { type Storage, startApp, startSeedableStorage } from '../host.js'
import type { ResultTable, RunOptions } from '../part.js'
import { recordOperations } from '../recordOperations.js'
import { startReplay } from '../replay.js'
import { createSettler } from '../settle.js'
import { toSteps } from '../storageRequests.js'
import { chartOf, columnsOf, measureBesideFloor, type Subject } from './besideFloor.js'

// How the service changes with more stored calls.

const STORED_CALLS = [10, 1_000, 50_000]
const OPERATIONS = ['create', 'get'] as const

interface Service {
  readonly subject: Subject
  stop(): Promise<void>
}

export async function compareStoredCalls(options: RunOptions): Promise<ResultTable> {
  const services: Service[] = []
  try {
    for (const count of STORED_CALLS) services.push(await startService(options.scale(count)))
    const subjects = services.map(({ subject }) => subject)
    return {
      title: 'More stored calls, one request at a time',
      columns: columnsOf('stored calls at the start', OPERATIONS),
      rows: await measureBesideFloor(subjects, options),
      chart: chartOf('growth-calls'),
    }
  } finally {
    for (const { stop } of services) await stop()
  }
}

/** Starts a service whose storage has so many calls of one bot. */
async function startService(count: number): Promise<Service> {
  const recorded = await recordOperations()
  const storage = await startSeedableStorage()
  const callback = await startCallback()
  const first = await startApp('.', storage)
  const bot = await startBot(first.baseUrl, callback)
  const call = await bot.run('create', '')
  await callback.waitForCall(idOf(call), CREATE_NOTIFICATIONS)
  const settle = createSettler(storage.connection)
  await settle()
  // The host does not run during the copying, which Azurite does at once: its requests would fail after ten seconds.
  await first.stop()
  await copyCalls(storage, count)
  const host = await startApp('.', storage)
  return {
    subject: {
      label: count,
      bot: bot.at(host.baseUrl),
      call,
      operations: OPERATIONS.map((operation) => {
        const { foreground, notifications } = recorded[operation]
        return { operation, steps: toSteps(foreground), notifications }
      }),
      replay: await startReplay(storage.connection, ''),
      settle,
    },
    async stop() {
      callback.close()
      await host.stop()
      await storage.stop()
    },
  }
}

/** Copies the rows of the only call until there are so many calls (azuriteSeed.ts). */
async function copyCalls({ connection }: Storage, count: number): Promise<void> {
  if (count === 1) return
  const startedAt = performance.now()
  console.error(`Storing ${count} calls ...`)
  const service = TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true })
  await service.createTable(`copies${count - 1}`)
  console.error(`Stored ${count} calls in ${Math.round((performance.now() - startedAt) / 1000)} s.`)
}

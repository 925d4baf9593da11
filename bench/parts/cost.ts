import { OPERATIONS, startCallback } from '../bot.js'
import { startApp, startStorage } from '../host.js'
import { type Cell, type Part, round } from '../part.js'
import { PLAIN_APP, plainClient } from '../plainApp.js'
import { type StorageRequest, startRecorder } from '../recorder.js'
import { type RecordedOperation, recordOperations } from '../recordOperations.js'
import { kindOf, type RequestKind } from '../storageRequests.js'

// How many storage requests an operation causes: each one costs money and time.

const KINDS: readonly RequestKind[] = ['table read', 'table write', 'queue send', 'queue receive or delete', 'blob']

export const cost: Part = {
  name: 'cost',
  async run() {
    const recorded = await recordOperations()
    const { create, mute } = recorded
    const plain = await recordPlain(create.notifications)
    return [
      {
        title: 'Storage requests of each operation, from its request until everything is delivered',
        columns: ['operation', ...KINDS, 'in total', 'notifications', 'total of the plain app'],
        rows: OPERATIONS.map((operation) => {
          const { foreground, background, notifications } = recorded[operation]
          const all = [...foreground, ...background]
          return [operation, ...countKinds(all), all.length, notifications, plain[operation] ?? '-']
        }),
        chart: { file: 'cost', columns: [6, 8], unit: 'requests' },
      },
      {
        title: 'Storage requests of a delivery',
        columns: ['', ...KINDS, 'in total'],
        rows: [
          ['one notification (mute)', ...countKinds(mute.background), mute.background.length],
          [`each of ${create.notifications} notifications of a commit (create)`, ...perNotification(create)],
        ],
      },
    ]
  },
}

const countKinds = (requests: readonly StorageRequest[]): number[] =>
  KINDS.map((kind) => requests.filter((request) => kindOf(request) === kind).length)

function perNotification({ background, notifications }: RecordedOperation): Cell[] {
  return [...countKinds(background), background.length].map((count) => round(count / notifications))
}

/** Counts the storage requests of the plain app for the operations that it has. */
async function recordPlain(notifications: number): Promise<Partial<Record<string, number>>> {
  const storage = await startStorage()
  const recorder = await startRecorder(storage.connection)
  const host = await startApp(PLAIN_APP, { connection: recorder.connection, keys: storage.keys })
  const callback = await startCallback()
  try {
    const client = plainClient(host.baseUrl, callback)
    const count = async (act: () => Promise<unknown>) => {
      await recorder.waitUntilQuiet()
      recorder.take()
      await act()
      await recorder.waitUntilQuiet()
      return recorder.take().length
    }
    let id = ''
    const create = await count(async () => {
      id = await client.create(notifications)
    })
    return { create, mute: await count(() => client.mute(id)) }
  } finally {
    callback.close()
    await host.stop()
    recorder.close()
    await storage.stop()
  }
}

import { CREATE_NOTIFICATIONS, idOf, OPERATIONS, type Operation, startBot, startCallback } from './bot.js'
import { startApp, startStorage } from './host.js'
import { type StorageRequest, startRecorder } from './recorder.js'

/** What one operation sends to the storage. */
export interface RecordedOperation {
  /** The requests that the operation sends itself, while no timer and no delivery runs. */
  readonly foreground: readonly StorageRequest[]
  /** The requests of the timers and deliveries that follow. */
  readonly background: readonly StorageRequest[]
  /** How many notifications its callback received. */
  readonly notifications: number
}

export type RecordedOperations = Readonly<Record<Operation, RecordedOperation>>
/** Once a year: no sweep runs during the recording, because its requests belong to no operation. */
const RARELY = '59 59 23 31 12 *'
/** Recorded once, because several parts need it. */
let recorded: Promise<RecordedOperations> | undefined

/**
 * Runs each operation once on a service whose storage requests are recorded. While the operation runs, all queues look
 * empty, so that its own requests are separate from those of timers and deliveries.
 */
export function recordOperations(): Promise<RecordedOperations> {
  recorded ??= recordOnce()
  return recorded
}

async function recordOnce(): Promise<RecordedOperations> {
  const storage = await startStorage()
  const recorder = await startRecorder(storage.connection)
  const connected = { connection: recorder.connection, keys: storage.keys }
  const host = await startApp('.', connected, { settings: { SWEEP_SCHEDULE: RARELY } })
  const callback = await startCallback()
  try {
    const bot = await startBot(host.baseUrl, callback)
    const record = async (operation: Operation, call: string) => {
      await recorder.waitUntilQuiet()
      const before = callback.received
      recorder.holdMessages(true)
      recorder.take()
      const path = await bot.run(operation, call)
      const foreground = recorder.take()
      recorder.holdMessages(false)
      await recorder.waitUntilQuiet()
      const background = recorder.take()
      return { path, recorded: { foreground, background, notifications: callback.received - before } }
    }
    const result = {} as Record<Operation, RecordedOperation>
    // The first operation of a process also reads keys and settings, so it is not recorded.
    let call = await bot.run('create', '')
    await callback.waitForCall(idOf(call), CREATE_NOTIFICATIONS)
    for (const operation of OPERATIONS) {
      if (operation === 'answer') call = await bot.placeCall()
      const { path, recorded } = await record(operation, call)
      call = path
      result[operation] = recorded
    }
    if (result.create.notifications !== CREATE_NOTIFICATIONS) {
      throw new Error(`a create has ${result.create.notifications} notifications, not ${CREATE_NOTIFICATIONS}`)
    }
    return result
  } finally {
    callback.close()
    await host.stop()
    recorder.close()
    await storage.stop()
  }
}

import { type Bot, CREATE_NOTIFICATIONS, idOf, startBot, startCallback } from '../bot.js'
import { type Storage, startApp, startStorage } from '../host.js'
import type { ResultTable, RunOptions } from '../part.js'
import { startRecorder } from '../recorder.js'
import { startReplay } from '../replay.js'
import { createSettler } from '../settle.js'
import { range } from '../statistics.js'
import { toSteps } from '../storageRequests.js'
import { chartOf, columnsOf, type MeasuredOperation, measureBesideFloor, type Subject } from './besideFloor.js'

// How the service changes with more participants in a call.

const PARTICIPANTS = [1, 10, 250]
const OPERATIONS = ['get', 'mute'] as const

export async function compareParticipants(options: RunOptions): Promise<ResultTable> {
  const counts = [...new Set(PARTICIPANTS.map(options.scale))]
  const storage = await startStorage()
  const host = await startApp('.', storage)
  const callback = await startCallback()
  try {
    const bot = await startBot(host.baseUrl, callback)
    const calls: string[] = []
    for (const count of counts) calls.push(await createCall(bot, count))
    const settle = createSettler(storage.connection)
    await settle()
    const operations = await recordOnCalls(bot, calls, storage)
    const replay = await startReplay(storage.connection, '')
    const subjects = counts.map(
      (label, index): Subject => ({
        ...{ label, bot, replay, settle },
        call: calls[index] ?? '',
        operations: operations[index] ?? [],
      }),
    )
    return {
      title: 'More participants in the call, one request at a time',
      columns: columnsOf('participants', OPERATIONS),
      rows: await measureBesideFloor(subjects, options),
      chart: chartOf('growth-participants'),
    }
  } finally {
    callback.close()
    await host.stop()
    await storage.stop()
  }
}

/** Creates a call with so many participants, in which the bot is muted. */
async function createCall(bot: Bot, participants: number): Promise<string> {
  const call = await bot.run('create', '')
  // The bot is the first participant.
  for (const _ of range(participants - 1)) await bot.joinCall(call)
  await bot.run('mute', call)
  await bot.callback.waitForCall(idOf(call), CREATE_NOTIFICATIONS + participants)
  return call
}

/** Records what each operation sends for each call, on another host of the same storage. */
async function recordOnCalls(bot: Bot, calls: readonly string[], storage: Storage): Promise<MeasuredOperation[][]> {
  const recorder = await startRecorder(storage.connection)
  recorder.holdMessages(true)
  // The sweep would be recorded too.
  const settings = { SWEEP_SCHEDULE: '0 0 0 1 1 *' }
  const host = await startApp('.', { connection: recorder.connection, keys: storage.keys }, { settings })
  try {
    const recordingBot = bot.at(host.baseUrl)
    // The first request of a process also reads keys.
    for (const call of calls) await recordingBot.run('get', call)
    const recorded: MeasuredOperation[][] = []
    for (const call of calls) {
      const operations: MeasuredOperation[] = []
      for (const operation of OPERATIONS) {
        recorder.take()
        await recordingBot.run(operation, call)
        // A mute of a bot that is muted has no notification.
        operations.push({ operation, steps: toSteps(recorder.take()), notifications: 0 })
      }
      recorded.push(operations)
    }
    return recorded
  } finally {
    await host.stop()
    recorder.close()
  }
}

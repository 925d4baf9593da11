import { expect, test } from 'vitest'
import type { Client } from '../../../cli/client.js'
import { Unreachable } from '../../../cli/errors.js'
import { followEvents, type LogPosition, type LogUpdate, NoEventLog, readLogPosition } from '../../../cli/events.js'
import type { ListedEntry } from '../../../shared/inspection/entries.js'
import type { EventPage } from '../../../shared/inspection/views.js'
import { newFakeClient } from '../../support/fakeClient.js'

const entry = (number: number): ListedEntry => ({ type: 'deadLetter', number, at: 0, sequence: 1, reason: 'x' })
const page = (numbers: readonly number[], last: number, startedAt = 1): EventPage => ({
  entries: numbers.map(entry),
  last,
  startedAt,
})

/** Follows a log that replies with these pages, and ends after the last one. */
async function follow(replies: readonly (EventPage | Error)[], from: LogPosition = { after: 0, startedAt: 1 }) {
  const ended = new AbortController()
  const paths: string[] = []
  const pending = [...replies]
  const get = async (path: string) => {
    paths.push(path.replace('/inspector/events?after=', ''))
    const reply = pending.shift()
    if (pending.length === 0) ended.abort()
    if (reply instanceof Error) throw reply
    return reply
  }
  const client = { ...newFakeClient({}), get } as Client
  const updates: LogUpdate[] = []
  for await (const update of followEvents(client, { from, signal: ended.signal, pollMs: 0, retryMs: 0 })) {
    updates.push(update)
  }
  return { paths, updates: updates.map((update) => (update.type === 'entry' ? update.entry.number : update)) }
}

test('entries come in order, each once', async () => {
  const { paths, updates } = await follow([page([1, 2], 2), page([], 2), page([3], 3)])
  expect(paths).toEqual(['0', '2', '2'])
  expect(updates).toEqual([1, 2, 3])
})

test('a service that was restarted has a new log, which is read from its start', async () => {
  const { paths, updates } = await follow([page([8], 8), page([], 0, 2), page([1], 1, 2)], { after: 7, startedAt: 1 })
  expect(paths).toEqual(['7', '8', '0'])
  expect(updates).toEqual([8, { type: 'restarted' }, 1])
})

test('a service that does not answer is asked until it does, and reported once', async () => {
  const away = new Unreachable('No service answers.')
  const { updates } = await follow([page([1], 1), away, away, page([2], 2), away, page([], 2)])
  const disconnected = { type: 'disconnected', reason: 'No service answers.' }
  expect(updates).toEqual([1, disconnected, 2, disconnected])
})

test('entries that were dropped before they were read are counted', async () => {
  const { updates } = await follow([page([7], 7)], { after: 3, startedAt: 1 })
  expect(updates).toEqual([{ type: 'missed', count: 3 }, 7])
})

test('an error of the service ends the iteration', async () => {
  await expect(follow([page([1], 1), new Error('403'), page([], 1)])).rejects.toThrow('403')
})

test('a signal that is aborted ends a long wait', async () => {
  const ended = new AbortController()
  const client = newFakeClient({ 'GET /inspector/events?after=0': page([1], 1) })
  const options = { from: { after: 0, startedAt: 1 }, signal: ended.signal, pollMs: 600_000 }
  const numbers: number[] = []
  for await (const update of followEvents(client, options)) {
    if (update.type === 'entry') numbers.push(update.entry.number)
    ended.abort()
  }
  expect(numbers).toEqual([1])
})

test('the position is the end of the log; a service that is not local has none', async () => {
  const path = `GET /inspector/events?after=${Number.MAX_SAFE_INTEGER}`
  expect(await readLogPosition(newFakeClient({ [path]: page([], 12, 5) }))).toEqual({ after: 12, startedAt: 5 })
  await expect(readLogPosition(newFakeClient({ [path]: { entries: [], last: 0 } }))).rejects.toThrow(NoEventLog)
})

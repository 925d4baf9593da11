import type { Bot, Operation } from '../bot.js'
import { type Cell, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import type { Replay } from '../replay.js'
import { median, PAUSE_MS, range, timeEach } from '../statistics.js'
import type { StorageStep } from '../storageRequests.js'

// Measures operations on several subjects, each beside its storage requests on the same storage.

/** How many requests are measured in each round. */
const SAMPLES = 10
const ROUNDS = 3

/** An operation, and what it sends. */
export interface MeasuredOperation {
  readonly operation: Operation
  readonly steps: readonly (readonly StorageStep[])[]
  readonly notifications: number
}

/** A call that is measured: the calls differ in their participants, or in the number of calls in their storage. */
export interface Subject {
  /** The first cell of its row. */
  readonly label: number
  readonly bot: Bot
  readonly call: string
  readonly operations: readonly MeasuredOperation[]
  /** Sends the requests to the tables of the service, so that they meet as many rows. */
  readonly replay: Replay
  /** Waits until all work of earlier requests has ended. */
  settle(): Promise<void>
}

interface Times {
  readonly ours: number[]
  readonly floor: number[]
}

export const columnsOf = (first: string, operations: readonly Operation[]): string[] => [
  first,
  ...operations.flatMap((operation) => [`${operation}, ms`, `floor of ${operation}, ms`, 'ratio']),
]

/** Shows the times of two operations and of their floors. */
export const chartOf = (file: string): ResultTable['chart'] => ({ file, columns: [1, 2, 4, 5], unit: 'median, ms' })

/** Measures one request after the other, the subjects in turn, and returns a row for each subject. */
export async function measureBesideFloor(subjects: readonly Subject[], { scale }: RunOptions): Promise<Cell[][]> {
  const times = subjects.map(({ operations }) => operations.map((): Times => ({ ours: [], floor: [] })))
  // The first round is not counted: the service is not compiled yet.
  for (const round of range(1 + scale(ROUNDS))) {
    for (const [index, subject] of subjects.entries()) {
      for (const [column, operation] of subject.operations.entries()) {
        const measured = await measureOnce(subject, operation, scale(SAMPLES))
        if (round === 0) continue
        times[index]?.[column]?.ours.push(...measured.ours)
        times[index]?.[column]?.floor.push(...measured.floor)
      }
    }
  }
  return subjects.map(({ label }, index) => [
    label,
    ...(times[index] ?? []).flatMap(({ ours, floor }) => [
      round(median(ours)),
      round(median(floor)),
      ratio(median(ours), median(floor)),
    ]),
  ])
}

async function measureOnce(
  { bot, call, replay, settle }: Subject,
  { operation, steps, notifications }: MeasuredOperation,
  samples: number,
): Promise<{ ours: readonly number[]; floor: readonly number[] }> {
  const ours: number[] = []
  for (const _ of range(samples)) {
    const expected = bot.callback.received + notifications
    const { times } = await timeEach([call], 1, () => bot.run(operation, call), PAUSE_MS)
    ours.push(...times)
    if (notifications === 0) continue
    // The floor has no deliveries, so none may run during the next request.
    await bot.callback.waitFor(expected)
    await settle()
  }
  const { times: floor } = await replay.measure(steps, samples, { inFlight: 1, pauseMs: PAUSE_MS })
  return { ours, floor }
}

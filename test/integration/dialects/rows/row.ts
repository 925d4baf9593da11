import { afterAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import { COMMUNICATIONS, type Dialect, dialects, newBot } from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import type { TestBot } from '../../../support/testBot.js'

// A row of docs/dialects.md: what a test observes on the wire, and what it must be in each dialect.

export interface Row {
  readonly row: string
  readonly observe: (dialect: Dialect) => Promise<unknown>
  readonly app: unknown
  /** Absent if both dialects are the same. */
  readonly communications?: unknown
}

let waiting: Promise<RunningService> | undefined

/** A bot on a service where people ring until a test makes them act. */
export async function newBotWhosePeopleWait(): Promise<TestBot> {
  waiting ??= startOwnService({ SIMULATOR_DEFAULT: 'wait' })
  return newBot({ baseUrl: (await waiting).baseUrl })
}

/** Tests each row in both dialects. */
export function testRows(rows: readonly Row[]): void {
  afterAll(async () => {
    await (await waiting)?.stop()
    waiting = undefined
  })
  const rowsByDialect = rows.flatMap((row) =>
    dialects.map((dialect): [string, string, Row, Dialect] => [row.row, dialect.dialect, row, dialect]),
  )
  test.each(rowsByDialect)(
    'the row "%s" of docs/dialects.md holds in the dialect %s',
    async (...[, , row, dialect]) => {
      const isDifferent = 'communications' in row && dialect === COMMUNICATIONS
      expect(await row.observe(dialect)).toEqual(isDifferent ? row.communications : row.app)
    },
  )
}

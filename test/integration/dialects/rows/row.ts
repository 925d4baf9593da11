import { expect, test } from 'vitest'
import { COMMUNICATIONS, type Dialect, dialects } from '../../../support/scenarios.js'

// A row of docs/dialects.md: what a test observes on the wire, and what it must be in each dialect.

export interface Row {
  readonly row: string
  readonly observe: (dialect: Dialect) => Promise<unknown>
  readonly app: unknown
  /** Absent if both dialects are the same. */
  readonly communications?: unknown
}

/** Tests each row in both dialects. */
export function testRows(rows: readonly Row[]): void {
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

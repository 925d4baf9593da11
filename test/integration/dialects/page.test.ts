import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { calls } from './rows/calls.js'
import { ends } from './rows/ends.js'
import { identities } from './rows/identities.js'
import { media } from './rows/media.js'
import { participants } from './rows/participants.js'
import { replies } from './rows/replies.js'
import { rosters } from './rows/rosters.js'
import { sharing } from './rows/sharing.js'

const rows = [replies, identities, rosters, calls, ends, participants, media, sharing].flat()

test('every row of docs/dialects.md has a test and says "the same" exactly where both dialects are', () => {
  const [page = ''] = readFileSync('docs/dialects.md', 'utf8').split('## Documented messages that differ')
  const table = page.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)
  const [, , ...documented] = [...table].map(([, row, , communications]) => [row, communications === 'the same'])
  const tested = rows.map((row) => [row.row, !('communications' in row)])
  expect(tested.toSorted()).toEqual(documented.toSorted())
})

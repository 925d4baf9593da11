import { expect, test } from 'vitest'
import { addGaps, findNextFailed } from '../../../inspector/call/diagramItems.js'
import { findDeadLetters } from '../../../inspector/call/findDeadLetters.js'
import { describeRow, findRepeatedAttempts } from '../../../inspector/describe.js'
import type { DiagramRow } from '../../../shared/inspection/diagram.js'
import type { ListedEntry } from '../../../shared/inspection/entries.js'

const row = (key: string, at: number, fields: Partial<DiagramRow> = {}): DiagramRow => ({
  key,
  at,
  kind: 'notification',
  from: 'ringback',
  to: 'bot:1',
  label: '#3 updated call established',
  result: '200',
  outcome: 'ok',
  entries: [],
  ...fields,
})

test('a line is put where nothing was sent for more than five seconds', () => {
  const items = addGaps([row('a', 0), row('b', 5_000), row('c', 10_001)])
  expect(items.map(({ key }) => key)).toEqual(['a', 'b', 'gap:c', 'c'])
  expect(items[2]).toMatchObject({ durationMs: 5_001 })
})

test('the wait for a retry is no gap', () => {
  const attempts = [
    { at: 0, durationMs: 10, status: 503 },
    { at: 20_000, durationMs: 10, status: 200 },
  ]
  expect(addGaps([row('a', 0, { attempts }), row('b', 21_000)]).map(({ type }) => type)).toEqual(['row', 'row'])
})

test('what the page sends again neither hides a gap nor counts as an attempt', () => {
  const attempts = [
    { at: 0, durationMs: 10, status: 200 },
    { at: 60_000, durationMs: 10, status: 200, isResend: true as const },
  ]
  expect(addGaps([row('a', 0, { attempts }), row('b', 21_000)]).map(({ type }) => type)).toEqual(['row', 'gap', 'row'])
  expect(findRepeatedAttempts({ attempts })).toBeUndefined()
})

test('the next failed row is found from the start again after the last', () => {
  const rows = [row('a', 0, { outcome: 'failed' }), row('b', 1), row('c', 2, { outcome: 'failed' }), row('d', 3)]
  expect(findNextFailed(rows, undefined)?.key).toBe('a')
  expect(findNextFailed(rows, 'a')?.key).toBe('c')
  expect(findNextFailed(rows, 'c')?.key).toBe('a')
  expect(findNextFailed([row('b', 1)], 'b')).toBeUndefined()
})

test('a row is a sentence', () => {
  const lanes = [
    { id: 'bot:1', title: 'My bot', kind: 'bot' },
    { id: 'ringback', title: 'Ringback', kind: 'ringback' },
  ] as const
  const attempts = [
    { at: 1_450, durationMs: 12, status: 503, fault: 'status' as const },
    { at: 4_450, durationMs: 100, status: 200 },
  ]
  expect(describeRow(row('a', 1_450, { attempts, isFault: true }), lanes, 1_000)).toBe(
    '0.450 seconds, Ringback to My bot: #3 updated call established, 200, 2 attempts in 3.1 s, injected fault',
  )
  const change = row('b', 1_450, { to: 'ringback', label: 'ring timed out', result: '' })
  expect(describeRow(change, lanes, 1_000)).toBe('0.450 seconds, Ringback: ring timed out')
})

test('a dead letter that a replay has delivered is no longer listed', () => {
  const deadLetter = (number: number, sequence: number): ListedEntry => {
    return { number, at: number, type: 'deadLetter', sequence, reason: 'no answer' }
  }
  const attempt = (number: number, sequence: number, status: number): ListedEntry => {
    return { number, at: number, type: 'attempt', sequence, summary: '', url: '', durationMs: 1, status }
  }
  const entries = [attempt(1, 1, 503), deadLetter(2, 1), deadLetter(3, 2), attempt(4, 1, 503), attempt(5, 2, 200)]
  expect(findDeadLetters(entries).map(({ sequence }) => sequence)).toEqual([1])
})

test('a dead letter that the page has sent again is still listed', () => {
  const entries: ListedEntry[] = [
    { number: 1, at: 1, type: 'deadLetter', sequence: 1, reason: 'no answer' },
    {
      number: 2,
      at: 2,
      type: 'attempt',
      sequence: 1,
      summary: '',
      url: '',
      durationMs: 1,
      status: 200,
      isResend: true,
    },
  ]
  expect(findDeadLetters(entries)).toHaveLength(1)
})

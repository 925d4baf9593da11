import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toDiagram } from '../../../shared/inspection/diagram.js'
import { renderLadder } from '../../../shared/inspection/ladder.js'
import { attempt, callWith, commit, logOf, people, person, wholeCall } from './callLog.js'

/** Few, because long texts take long to draw and to compare. */
const HOSTILE_RUNS = 100

test('a call is drawn with its attempts, faults, dead letters and pauses', () => {
  const ladder = renderLadder(toDiagram(wholeCall, callWith(people)))
  expect(`\n${ladder}`).toBe(`
            My bot                                Ringback            Heidi Steen  Amar
               |                                      |                    |         |
    0.000      |                                      |<. calls the bot ...|         |  201
    0.020      |<- #1 created call incoming ----------|                    |         |  202
    0.040      |-- POST answer ---------------------->|                    |         |  202
    0.070      |<- #2 updated call establishing ------|                    |         |  202
    0.080      |x- #3 updated call established -------|                    |         |  503 (fault), retry in 2 s
    0.900      |-- POST participants/invite --------->|                    |         |  200
    0.910      |                                      |.. rings ....................>|
    1.110      |                                      |<. answers ...................|
    2.090      |x- #3 attempt 2 ----------------------|                    |         |  503, retry in 4 s
    6.100      |<- #3 attempt 3 ----------------------|                    |         |  202
    6.130      |<- #4 deleted operations completed ---|                    |         |  202
    6.160      |<- #5 updated participants 3 ---------|                    |         |  202
    6.190      |<- #6 updated call established -------|                    |         |  202
           ... no messages for 45 min ...
 2706.190      |                                      |<. leaves ..........|         |  200
 2706.210      |x- #7 deleted call terminated --------|                    |         |  ECONNREFUSED, dead-lettered
               |                                      |                    |         |
`)
})

test('a change of Ringback is a note at its lifeline', () => {
  const log = logOf([0, commit('ringTimedOut', { to: 'terminated' })], [10, attempt(1)])
  expect(`\n${renderLadder(toDiagram(log, callWith([])))}`).toBe(`
            My bot                            Ringback
               |                                  |
    0.000      |                                  * ring timed out  terminated
    0.010      |<- #1 updated call established ---|                 202
               |                                  |
`)
})

test('each POST of a repeated notification is an arrow with its own result', () => {
  const log = logOf(
    [0, attempt(1, { fault: 'duplicate' })],
    [0, attempt(1, { status: 409, fault: 'duplicate', isResend: true })],
    [20, attempt(1, { isResend: true })],
  )
  const lines = renderLadder(toDiagram(log, callWith([]))).split('\n')
  expect(lines.slice(2, 5)).toEqual([
    expect.stringMatching(/<- #1 updated .* 202 \(fault: sent twice\)$/),
    expect.stringMatching(/x- #1 again .* 409 \(fault: sent twice\), sent again$/),
    expect.stringMatching(/<- #1 again .* 202, sent again$/),
  ])
})

test('a call without messages has lifelines only', () => {
  expect(renderLadder(toDiagram([], callWith([])))).toBe(`\
            My bot  Ringback
               |        |
               |        |
`)
})

test('more than four people share the last lane, where arrows have their names', () => {
  const ids = ['ann', 'bob', 'carol', 'dave', 'eve']
  const log = logOf([0, commit('invite', { rings: ids })], [10, commit('personAnswers', { personId: 'eve' })])
  const lines = renderLadder(toDiagram(log, callWith(ids.map((id) => person(id))))).split('\n')
  expect(lines[0]).toMatch(/My bot +Ringback +ann +bob +carol +2 others$/)
  expect(lines.filter((line) => line.includes('rings')).map((line) => line.replaceAll('.', ''))).toEqual([
    expect.stringMatching(/ rings >\|/),
    expect.stringMatching(/ rings >\|/),
    expect.stringMatching(/ rings >\|/),
    expect.stringMatching(/ rings \(dave\) >\|$/),
    expect.stringMatching(/ rings \(eve\) >\|$/),
  ])
  expect(lines.find((line) => line.includes('answers'))).toContain('<. eve answers .')
})

test('each line has at most 120 columns, whatever the names and results are', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('x'.repeat(1_024), '\u{1f4de}'.repeat(100), 'a\nb;"\'<script>', '\u202e|-- x -->|'),
  )
  fc.assert(
    fc.property(fc.uniqueArray(anyText, { maxLength: 7 }), anyText, (texts, hostile) => {
      const log = logOf(
        [0, commit('invite', { rings: texts, personId: hostile })],
        [1, attempt(1, { summary: hostile, error: hostile, nextAttemptAt: 90_000_000 })],
        [90_000_000, attempt(1, { error: hostile })],
        [90_000_001, commit(`personLeaves${hostile}`, { personId: hostile })],
        [90_000_002, commit(hostile)],
      )
      const ladder = renderLadder(
        toDiagram(
          log,
          callWith(
            texts.map((id) => person(id, hostile)),
            { botName: hostile },
          ),
        ),
      )
      const lines = ladder.split('\n')
      // The titles, lifelines above and below, the rows, a second attempt, and the pause before it; then the end.
      expect(lines).toHaveLength(3 + texts.length + 5 + 1 + 1)
      for (const line of lines) {
        expect([...line].length).toBeLessThanOrEqual(120)
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      }
    }),
    { numRuns: HOSTILE_RUNS },
  )
})

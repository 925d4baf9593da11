import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toDiagram } from '../../../shared/inspection/diagram.js'
import { renderMermaid } from '../../../shared/inspection/mermaid.js'
import { attempt, callWith, commit, logOf, people, person, wholeCall } from './callLog.js'

/** Few, because long texts take long to draw and to compare. */
const HOSTILE_RUNS = 100

test('a call is a sequence diagram', () => {
  expect(renderMermaid(toDiagram(wholeCall, callWith(people)))).toBe(`\
sequenceDiagram
  participant lane0 as My bot
  participant lane1 as Ringback
  actor lane2 as Heidi Steen
  actor lane3 as Amar
  lane2-->>lane1: Heidi Steen calls the bot, 201
  lane1->>lane0: #35;1 created call incoming, 202
  lane0->>lane1: POST answer, 202
  lane1->>lane0: #35;2 updated call establishing, 202
  lane1-xlane0: #35;3 updated call established, 503 (fault), retry in 2 s
  lane0->>lane1: POST participants/invite, 200
  lane1-->>lane3: rings
  lane3-->>lane1: Amar answers
  lane1-xlane0: #35;3 attempt 2, 503, retry in 4 s
  lane1->>lane0: #35;3 attempt 3, 202
  lane1->>lane0: #35;4 deleted operations completed, 202
  lane1->>lane0: #35;5 updated participants 3, 202
  lane1->>lane0: #35;6 updated call established, 202
  Note over lane0,lane3: no messages for 45 min
  lane2-->>lane1: Heidi Steen leaves, 200
  lane1-xlane0: #35;7 deleted call terminated, ECONNREFUSED, dead-lettered
`)
})

test('a change of Ringback is a note', () => {
  const log = logOf([0, commit('ringTimedOut', { to: 'terminated' })])
  expect(renderMermaid(toDiagram(log, callWith([])))).toContain('\n  Note over lane1: ring timed out, terminated\n')
})

test('names with the syntax of Mermaid or HTML are escaped', () => {
  const hostile = 'a;\nend "b" #c %%d: <script>&'
  const log = logOf([0, commit('invite', { rings: ['x'] })])
  const drawn = renderMermaid(toDiagram(log, callWith([person('x', hostile)])))
  expect(drawn.split('\n')[3]).toBe('  actor lane2 as a#59; end #34;b#34; #35;c #37;#37;d#58; #60;script#62;#38;')
})

test('each line is one statement, whatever the names are', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('x'.repeat(1_024), '#35;', 'end', '\u{1f4de}', 'a-->>b: c', ':wrap:', '<script>alert(1)</script>'),
  )
  fc.assert(
    fc.property(anyText, anyText, (id, hostile) => {
      const log = logOf(
        [0, commit('invite', { rings: [id] })],
        [1, attempt(1, { summary: hostile, error: hostile })],
        [2, commit(`timer${hostile}`)],
        [3, commit('personLeaves', { personId: id })],
      )
      const lines = renderMermaid(toDiagram(log, callWith([person(id, hostile)], { botName: hostile }))).split('\n')
      const text = /^(?:[\p{L}\p{N} .,()/_-]|#\d+;)+$/u
      expect(lines.filter((line) => /^ {2}(participant|actor) lane\d as /.test(line))).toHaveLength(3)
      expect(lines).toHaveLength(1 + 3 + 5 + 1)
      for (const line of lines.slice(1, -1)) {
        const [, body] =
          /^ {2}(?:(?:participant|actor) lane\d as|lane\d(?:--?>>|--?x)lane\d:|Note over lane\d:) (.*)$/u.exec(line) ??
          []
        expect(body).toMatch(text)
        expect([...(body ?? '').replaceAll(/#\d+;/g, '_')].length).toBeLessThanOrEqual(100)
      }
    }),
    { numRuns: HOSTILE_RUNS },
  )
})

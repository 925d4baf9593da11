import { expect, test } from 'vitest'
import { renderFrame } from '../../../../cli/scenarios/frame.js'
import { createGithubReporter } from '../../../../cli/scenarios/reporters/github.js'
import { createJsonReporter } from '../../../../cli/scenarios/reporters/json.js'
import { createJunitReporter } from '../../../../cli/scenarios/reporters/junit.js'
import { createPrettyReporter } from '../../../../cli/scenarios/reporters/pretty.js'
import type { Print, Reporter } from '../../../../cli/scenarios/reporters/reporter.js'
import { readSource } from '../../../../cli/scenarios/source.js'

const TEXT = `version: 1
steps:
  - call: { from: megan }
  - expect: { request: answer, within: 1s }
`
const source = readSource('scenarios/a b.yaml', TEXT, {})
const other = readSource('scenarios/other.yaml', TEXT, {})
const place = { line: 4, column: 5, length: 6 }
const failure = {
  message: 'no request answer within 1s',
  place,
  closest: 'POST <mute>, 409 at 0.912',
  ladder: '  Bot\n   |\n',
}

/** Reports a scenario that fails and one that passes. */
function report(reporter: Reporter): void {
  const failing = { source, name: 'Answers, 100% & more', seed: 42 }
  const passing = { source: other, name: 'Passes', seed: 7 }
  for (const [run, failures] of [
    [failing, [failure]],
    [passing, []],
  ] as const) {
    reporter.scenarioStarted(run)
    reporter.stepPassed(run, { text: 'megan calls the bot', place: { line: 3, column: 5, length: 4 }, durationMs: 12 })
    reporter.scenarioEnded({ ...run, failures, durationMs: 1_040 })
  }
  reporter.ended()
}

const problem = { line: 2, column: 1, length: 5, property: 'steps', message: 'must be a list' }
function refuse(reporter: Reporter): void {
  reporter.fileRefused(source, [problem, { ...problem, line: 1, property: '', message: 'the file is empty' }])
  reporter.ended()
}

function printed(create: (print: Print) => Reporter, tell: (reporter: Reporter) => void): string {
  const lines: string[] = []
  tell(create((text) => lines.push(text)))
  return lines.map((line) => `${line}\n`).join('')
}

const pretty = (print: Print) => createPrettyReporter(print, (_, text) => text)

test('pretty prints steps, and a failure with its place, the closest event, the ladder and the command', () => {
  expect(printed(pretty, report)).toBe(`Answers, 100% & more  scenarios/a b.yaml  seed 42
  ok  megan calls the bot  12 ms
FAIL  scenarios/a b.yaml   seed 42
error: no request answer within 1s
  --> scenarios/a b.yaml:4:5
4 |   - expect: { request: answer, within: 1s }
  |     ^^^^^^ closest: POST <mute>, 409 at 0.912

  Bot
   |

again  ringback run 'scenarios/a b.yaml' --seed 42

Passes  scenarios/other.yaml  seed 7
  ok  megan calls the bot  12 ms
PASS  1040 ms

1 passed, 1 failed
`)
})

test('pretty prints the problems of a file with their lines', () => {
  expect(printed(pretty, refuse)).toBe(`scenarios/a b.yaml:2:1 steps: must be a list
2 | steps:
  | ^^^^^
scenarios/a b.yaml:1:1 the file is empty
1 | version: 1
  | ^^^^^
`)
})

test('pretty colors what matters', () => {
  const text = printed((print) => createPrettyReporter(print, (color, value) => `<${color}>${value}</>`), report)
  expect(text).toContain('<red>FAIL</>  scenarios/a b.yaml')
  expect(text).toContain('<green>PASS</>  1040 ms')
})

test('json prints one object for each event', () => {
  const create = (print: Print) => createJsonReporter((event) => print(JSON.stringify(event)))
  const file = 'scenarios/a b.yaml'
  const again = "ringback run 'scenarios/a b.yaml' --seed 42"
  const { message, closest, ladder } = failure
  expect(
    printed(create, report)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { type: 'scenario', file, name: 'Answers, 100% & more', seed: 42 },
    { type: 'step', file, line: 3, step: 'megan calls the bot', durationMs: 12 },
    { type: 'failure', file, line: 4, column: 5, message, closest, ladder },
    { type: 'result', file, name: 'Answers, 100% & more', seed: 42, passed: false, durationMs: 1_040, again },
    { type: 'scenario', file: 'scenarios/other.yaml', name: 'Passes', seed: 7 },
    { type: 'step', file: 'scenarios/other.yaml', line: 3, step: 'megan calls the bot', durationMs: 12 },
    { type: 'result', file: 'scenarios/other.yaml', name: 'Passes', seed: 7, passed: true, durationMs: 1_040 },
  ])
  expect(printed(create, refuse).split('\n')[0]).toBe(
    JSON.stringify({ type: 'problem', file, line: 2, column: 1, property: 'steps', message: 'must be a list' }),
  )
})

test('github prints workflow commands with their escapes', () => {
  expect(printed(createGithubReporter, report)).toBe(`::group::Answers, 100%25 & more (scenarios/a b.yaml, seed 42)
ok  megan calls the bot  12 ms
::endgroup::
::error file=scenarios/a b.yaml,line=4,col=5::no request answer within 1s%0Aclosest: POST <mute>, 409 at 0.912%0A  Bot%0A   |%0Aagain: ringback run 'scenarios/a b.yaml' --seed 42
::group::Passes (scenarios/other.yaml, seed 7)
ok  megan calls the bot  12 ms
::endgroup::
`)
  expect(
    printed(createGithubReporter, refuse),
  ).toBe(`::error file=scenarios/a b.yaml,line=2,col=1::steps: must be a list
::error file=scenarios/a b.yaml,line=1,col=1::the file is empty
`)
})

test('junit prints an XML file at the end', () => {
  expect(printed(createJunitReporter, report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="ringback" tests="2" failures="1" errors="0" time="2.080">
    <testcase name="Answers, 100% &amp; more" classname="scenarios/a b.yaml" file="scenarios/a b.yaml" time="1.040">
      <failure message="no request answer within 1s">scenarios/a b.yaml:4:5 no request answer within 1s
closest: POST &lt;mute&gt;, 409 at 0.912
  Bot
   |
again: ringback run &apos;scenarios/a b.yaml&apos; --seed 42</failure>
    </testcase>
    <testcase name="Passes" classname="scenarios/other.yaml" file="scenarios/other.yaml" time="1.040"/>
  </testsuite>
</testsuites>
`)
  expect(printed(createJunitReporter, refuse)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="ringback" tests="1" failures="0" errors="1" time="0.000">
    <testcase name="scenarios/a b.yaml" classname="scenarios/a b.yaml" file="scenarios/a b.yaml" time="0.000">
      <error message="scenarios/a b.yaml:2:1 steps: must be a list">scenarios/a b.yaml:2:1 steps: must be a list
scenarios/a b.yaml:1:1 the file is empty</error>
    </testcase>
  </testsuite>
</testsuites>
`)
})

test('a caret is below its place, also behind tabs', () => {
  const { lines } = readSource('x.yaml', 'a:\n  b: \tc\n', {})
  expect(renderFrame({ lines }, { line: 2, column: 7, length: 1 }, 'here')).toBe('2 |   b: \tc\n  |      \t^ here')
})

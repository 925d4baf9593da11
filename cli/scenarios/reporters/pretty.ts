import type { Output } from '../../output.js'
import { renderFrame } from '../frame.js'
import type { Failure } from '../runScenario.js'
import type { Place, Source } from '../source.js'
import { commandToRepeat, type Print, type Reporter } from './reporter.js'

/** For people: each step as it passes, and a failure with its place, the nearest event and the call. */
export function createPrettyReporter(print: Print, color: Output['color']): Reporter {
  let [passed, failed] = [0, 0]
  return {
    fileRefused: (source, problems) => {
      for (const problem of problems) {
        const { line, column, property, message } = problem
        print(`${source.file}:${line}:${column} ${property === '' ? '' : `${property}: `}${color('red', message)}`)
        print(renderFrame(source, problem))
      }
    },
    scenarioStarted: ({ source, name, seed }) => print(`${name}  ${color('dim', `${source.file}  seed ${seed}`)}`),
    stepPassed: (_, { text, durationMs }) =>
      print(`  ${color('green', 'ok')}  ${text}  ${color('dim', `${durationMs} ms`)}`),
    scenarioEnded: (result) => {
      if (result.failures.length === 0) {
        passed += 1
        print(`${color('green', 'PASS')}  ${result.durationMs} ms\n`)
        return
      }
      failed += 1
      print(`${color('red', 'FAIL')}  ${result.source.file}   seed ${result.seed}`)
      for (const failure of result.failures) print(renderFailure(result.source, failure, color))
      print(`again  ${commandToRepeat(result)}\n`)
    },
    ended: () => {
      if (passed + failed > 0) print(`${passed} passed, ${failed} failed`)
    },
  }
}

function renderFailure(source: Source, { message, place, closest, ladder }: Failure, color: Output['color']): string {
  const note = closest === undefined ? '' : `closest: ${closest}`
  const lines = [
    `error: ${color('red', message)}`,
    `  --> ${formatPlace(source, place)}`,
    renderFrame(source, place, note),
  ]
  return [...lines, ...(ladder === undefined ? [] : ['', ladder.trimEnd(), ''])].join('\n')
}

const formatPlace = ({ file }: Source, { line, column }: Place): string => `${file}:${line}:${column}`

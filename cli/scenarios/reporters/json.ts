import { commandToRepeat, type Reporter } from './reporter.js'

/** For programs: one object for each event. */
export function createJsonReporter(print: (event: object) => void): Reporter {
  return {
    fileRefused: ({ file }, problems) => {
      for (const { line, column, property, message } of problems) {
        print({ type: 'problem', file, line, column, property, message })
      }
    },
    scenarioStarted: ({ source, name, seed }) => print({ type: 'scenario', file: source.file, name, seed }),
    stepPassed: ({ source }, { text, place, durationMs }) =>
      print({ type: 'step', file: source.file, line: place.line, step: text, durationMs }),
    scenarioEnded: (result) => {
      const { source, name, seed, failures, durationMs } = result
      const { file } = source
      for (const { message, place, closest, ladder } of failures) {
        print({ type: 'failure', file, line: place.line, column: place.column, message, closest, ladder })
      }
      const passed = failures.length === 0
      print({
        type: 'result',
        file,
        name,
        seed,
        passed,
        durationMs,
        ...(!passed && { again: commandToRepeat(result) }),
      })
    },
    ended: () => undefined,
  }
}

import { type Print, type Reporter, renderFailureText } from './reporter.js'

/** For a workflow of GitHub: failures become annotations of the files, and each scenario is a group of lines. */
export function createGithubReporter(print: Print): Reporter {
  return {
    fileRefused: ({ file }, problems) => {
      for (const { line, column, property, message } of problems) {
        print(renderError(file, { line, column }, property === '' ? message : `${property}: ${message}`))
      }
    },
    scenarioStarted: ({ source, name, seed }) =>
      print(`::group::${escapeData(`${name} (${source.file}, seed ${seed})`)}`),
    stepPassed: (_, { text, durationMs }) => print(escapeCommand(`ok  ${text}  ${durationMs} ms`)),
    scenarioEnded: (result) => {
      print('::endgroup::')
      for (const failure of result.failures) {
        print(renderError(result.source.file, failure.place, renderFailureText(result, failure)))
      }
    },
    ended: () => undefined,
  }
}

const renderError = (file: string, { line, column }: { line: number; column: number }, message: string): string =>
  `::error file=${escapeProperty(file)},line=${line},col=${column}::${escapeData(message)}`

// The escapes of GitHub's toolkit (actions/toolkit, packages/core/src/command.ts).

const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** A line of the scenario must not begin a command. */
const escapeCommand = (text: string): string => text.replaceAll(/[\r\n]/g, ' ')

import type { Failure } from '../runScenario.js'
import { type Print, type Reporter, renderFailureText, type ScenarioResult } from './reporter.js'

/** For the test reports of pipelines: an XML file with a test case for each scenario, printed at the end. */
export function createJunitReporter(print: Print): Reporter {
  const cases: string[] = []
  let [failures, errors, durationMs] = [0, 0, 0]
  return {
    fileRefused: ({ file }, problems) => {
      errors += 1
      const lines = problems.map(({ line, column, property, message }) => {
        return `${file}:${line}:${column} ${property === '' ? '' : `${property}: `}${message}`
      })
      const error = renderElement('error', lines[0] ?? '', lines.join('\n'))
      cases.push(`${openCase(file, file, 0)}\n${error}\n    </testcase>`)
    },
    scenarioStarted: () => undefined,
    stepPassed: () => undefined,
    scenarioEnded: (result) => {
      durationMs += result.durationMs
      if (result.failures.length > 0) failures += 1
      cases.push(renderCase(result))
    },
    ended: () => {
      const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" time="${toSeconds(durationMs)}"`
      const suite = [`  <testsuite name="ringback" ${counts}>`, ...cases, '  </testsuite>']
      print(['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suite, '</testsuites>'].join('\n'))
    },
  }
}

function renderCase(result: ScenarioResult): string {
  const { source, name, failures, durationMs } = result
  const opening = openCase(name, source.file, durationMs)
  if (failures.length === 0) return opening.replace(/>$/, '/>')
  const elements = failures.map((failure) => renderElement('failure', failure.message, renderText(result, failure)))
  return [opening, ...elements, '    </testcase>'].join('\n')
}

const openCase = (name: string, file: string, durationMs: number): string =>
  `    <testcase name="${escapeXml(name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}" time="${toSeconds(durationMs)}">`

const renderElement = (element: 'failure' | 'error', message: string, text: string): string =>
  `      <${element} message="${escapeXml(message)}">${escapeXml(text)}</${element}>`

const renderText = (result: ScenarioResult, failure: Failure): string =>
  `${result.source.file}:${failure.place.line}:${failure.place.column} ${renderFailureText(result, failure)}`

const toSeconds = (durationMs: number): string => (durationMs / 1_000).toFixed(3)

/** Characters that XML 1.0 does not allow are left out. */
const escapeXml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')

import { expect, test } from 'vitest'
import { ApiError, Unreachable, UsageError } from '../../../cli/errors.js'
import { createOutput } from '../../../cli/output.js'
import { newTerminal } from '../../support/terminal.js'

function newOutput(options: { isJson?: boolean; isTTY?: boolean; env?: Record<string, string> } = {}) {
  const terminal = newTerminal(options)
  return { output: createOutput({ ...terminal, isJson: options.isJson ?? false }), printed: terminal.printed }
}

test('a result is a text for people, and one line of JSON with --json', () => {
  const people = newOutput()
  people.output.print({ a: 1 }, 'one\ntwo')
  expect(people.printed()).toEqual({ stdout: 'one\ntwo\n', stderr: '' })
  const json = newOutput({ isJson: true })
  json.output.print({ a: 'x\ny' }, 'one\ntwo')
  expect(json.printed()).toEqual({ stdout: '{"a":"x\\ny"}\n', stderr: '' })
})

test('notes are for people, on standard error', () => {
  const people = newOutput()
  people.output.note('Following.')
  expect(people.printed()).toEqual({ stdout: '', stderr: 'Following.\n' })
  const json = newOutput({ isJson: true })
  json.output.note('Following.')
  expect(json.printed()).toEqual({ stdout: '', stderr: '' })
})

test.for([
  [{ isTTY: true }, true],
  [{ isTTY: true, env: { NO_COLOR: '' } }, true],
  [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
  [{ isTTY: true, isJson: true }, false],
  [{ isTTY: false }, false],
] as const)('with %j, colors are on: %s', ([options, hasColors]) => {
  const { output } = newOutput(options)
  expect(output.color('red', 'x')).toBe(hasColors ? '\u001b[31mx\u001b[39m' : 'x')
})

test('progress is a line of a terminal that the next output replaces', () => {
  const terminal = newOutput({ isTTY: true })
  terminal.output.progress('1 of 2')
  terminal.output.print({}, 'done')
  terminal.output.progress('')
  expect(terminal.printed()).toEqual({ stdout: 'done\n', stderr: '\r\u001b[K1 of 2\r\u001b[K' })
  for (const options of [{ isTTY: false }, { isTTY: true, isJson: true }]) {
    const other = newOutput(options)
    other.output.progress('1 of 2')
    expect(other.printed().stderr).toBe('')
  }
})

test.for([
  [new UsageError('Wrong.', 'Do this.'), 2, 'error: Wrong.\nDo this.\n'],
  [new Unreachable('Away.'), 3, 'error: Away.\n'],
  [new ApiError(404, 'No such call.'), 2, 'error: No such call.\n'],
  [new ApiError(503, 'Busy.'), 3, 'error: Busy.\n'],
] as const)('%s', ([error, exitCode, text]) => {
  const { output, printed } = newOutput()
  expect(output.error(error)).toBe(exitCode)
  expect(printed()).toEqual({ stdout: '', stderr: text })
})

test('a mistake of the program has its stack, and is not taken for a failed expectation', () => {
  const { output, printed } = newOutput()
  expect(output.error(new TypeError('x is undefined'))).toBe(2)
  expect(printed().stderr).toMatch(/^error: TypeError: x is undefined\n {4}at /)
})

test('a message from elsewhere cannot control the terminal', () => {
  const { output, printed } = newOutput()
  output.error(new ApiError(400, 'a\u001b[2Jb\u0007c\r\u009bd\ne'))
  expect(printed().stderr).toBe('error: ab c  d\ne\n')
})
